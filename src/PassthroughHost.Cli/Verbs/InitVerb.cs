using System.CommandLine;
using PassthroughInfra.Cli.Display;
using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Cli.Init;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using Spectre.Console;

namespace PassthroughInfra.Cli.Verbs;

/// <summary><c>init</c>: writes a stack file for a machine, from a reading of it.</summary>
internal static class InitVerb
{
    // Where the project has it; editors look for it from the stack file.
    private const string Schema = "schema/machine.schema.json";

    public static Command Create()
    {
        var hosts = new HostOptions();
        var options = new InitOptions();
        var command = new Command(
            "init",
            "Read a machine, change nothing on it, and propose its stack file: devices, pins, bridge and host key, with the reasons as comments.\n"
            + "On a terminal it asks; elsewhere, and with --yes, the options say what is not to be as proposed. An existing file is replaced only with --force or when you say so.");
        hosts.AddTo(command);
        options.AddTo(command);
        command.SetAction(parsed => VerbContext.RunAsync(parsed, context => RunAsync(context, hosts, options)));
        return command;
    }

    private static async Task<int> RunAsync(VerbContext context, HostOptions hosts, InitOptions options)
    {
        var (parsed, project) = (context.Parsed, context.Workspace.Project);
        var read = await new HostSource(context, hosts).ReadAsync(withStack: false);
        var connection = read.Connection ?? throw new EngineException("A stack reaches its machine over SSH: name it with --host user@name (--facts may stand in for reading it).");
        var name = parsed.GetValue(GlobalOptions.Stack) ?? NameOf(read.Facts);
        var file = project.StackFile(name);
        var asks = Questions.CanAsk && !parsed.GetValue(options.Yes);
        var force = parsed.GetValue(options.Force);
        if (File.Exists(file) && !force && !(asks && Questions.Confirm($"{Path.GetFileName(file)} is there already. Replace it? A copy is kept as {Path.GetFileName(Kept(file))}.")))
            throw new EngineException($"{file} is there already and was left as it is; --force replaces it (a copy is kept), --stack NAME makes another.");

        var choices = options.Read(parsed);
        if (asks && !choices.Adopt)
            choices = new InitQuestions(AnsiConsole.Console, read.Facts).Ask(choices);
        var proposal = Advise(read.Facts, Home(connection), choices);
        var verdict = HostAssessment.Of(read.Facts).Sentence;
        var text = StackFileText.Write(proposal, project.Name, verdict, Salt(project, name), File.Exists(Path.Combine(project.Directory, Schema)) ? Schema : null);
        var errors = ProposalCheck.Errors(ProposalCheck.Read(text, project.Name, name), read.Facts);
        if (errors.Count > 0 && !force)
        {
            throw new EngineException(
                $"An update would refuse what could be proposed for {read.Source}, so nothing was written:\n{string.Join('\n', errors)}\n"
                + "See 'passthrough doctor' for the whole picture; --force writes the proposal all the same.");
        }
        Save(file, text);
        if (proposal.Adoption is { } adoption)
            Tell(name, file, adoption, proposal, ProposalCheck.Read(text, project.Name, name), read.Facts);
        else
            Tell(name, file, proposal, verdict);
        return ExitCodes.Fine;
    }

    private static StackAdvice Advise(HostFacts facts, ConnectionSpec connection, AdviceChoices choices)
    {
        try
        {
            return StackAdvice.Make(facts, connection, choices);
        }
        catch (ChoiceException problem)
        {
            throw new EngineException(problem.Message, problem);
        }
    }

    // Word for word and with its place, so that nothing is taken over unseen and nothing that stays is forgotten.
    private static void Tell(string name, string file, Adoption adoption, StackAdvice proposal, MachineSpec spec, HostFacts facts)
    {
        var console = ConsoleWriter.StandardOutput;
        console.Line($"{Path.GetFileName(file)} is written.");
        foreach (var finding in adoption.Findings)
            console.Line(console.In(finding.Word switch { AdoptionWord.TakenOver => ConsoleStyle.Good, AdoptionWord.InTheWay => ConsoleStyle.Bad, _ => ConsoleStyle.Changed }, $"  {finding}"));
        if (adoption.Findings.Count == 0)
            console.Line("  nothing was set up by hand");
        console.Line($"  network: {proposal.Network.Reason}");
        var reboots = Adoption.Reboots(spec, facts);
        console.Line(reboots.Count == 0 ? "The first update reboots nothing: the running kernel and the bindings are as the stack wants them."
            : $"The first update needs one reboot: {string.Join("; ", reboots)}.");
        console.Line($"Next: read it, then ./passthrough preview --stack {name}, and ./passthrough up --stack {name}");
    }

    private static void Tell(string name, string file, StackAdvice proposal, string verdict)
    {
        var console = ConsoleWriter.StandardOutput;
        console.Line($"{Path.GetFileName(file)} is written.");
        foreach (var card in proposal.Cards)
            console.Line($"  {console.In(ConsoleStyle.Good, card.Word)}  {card.Card}");
        foreach (var omission in proposal.Omissions)
            console.Line(console.In(ConsoleStyle.Changed, $"  {omission}"));
        console.Line(proposal.Network.Link is { } link ? $"  {console.In(ConsoleStyle.Good, "bridge")}  {proposal.Network.Bridge} on {link.Name}" : $"  no bridge: {proposal.Network.Reason}");
        if (proposal.Cards.Count == 0)
            console.Line(console.In(ConsoleStyle.Changed, $"  No device of this machine would go to a guest; it is {verdict}"));
        if (proposal.Choices.Guest is null)
            console.Line("  no guest yet: --guest NAME proposes one");
        console.Line($"Next: read it, then ./passthrough preview --stack {name}, and ./passthrough up --stack {name}");
    }

    // The salt belongs to the secrets of the state too: it outlives the file.
    private static string? Salt(Engine.Projects.Project project, string name) => Engine.Projects.StackSettings.Read(project, name).Salt;

    private static string Kept(string file) => file + ".before-init";

    private static void Save(string file, string text)
    {
        try
        {
            if (File.Exists(file))
            {
                File.Copy(file, Kept(file), overwrite: true);
                ConsoleWriter.StandardError.Line($"the file that was there is kept as {Kept(file)}");
            }
            File.WriteAllText(file, text);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new EngineException($"{file} cannot be written: {problem.Message}", problem);
        }
    }

    /// <summary>A stack's name from the machine's own.</summary>
    internal static string NameOf(HostFacts facts)
    {
        var name = new string([.. facts.System.HostName.Split('.')[0].Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')]);
        return name.Length > 0 ? name : throw new EngineException("The machine's name makes no name for a stack: give one with --stack NAME.");
    }

    // A stack file is for every operator: what is in the home directory is named from there, and without an agent the usual key is named.
    private static ConnectionSpec Home(ConnectionSpec connection)
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + "/";
        string? Named(string? key)
        {
            if (key is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SSH_AUTH_SOCK")))
                key = ((string[])["id_ed25519", "id_ecdsa", "id_rsa"]).Select(n => $"{home}.ssh/{n}").FirstOrDefault(File.Exists);
            return key?.StartsWith(home, StringComparison.Ordinal) == true ? "~/" + key[home.Length..] : key;
        }

        var proxy = connection.Proxy is { } bastion ? bastion with { PrivateKeyFile = Named(bastion.PrivateKeyFile) } : null;
        return connection with { PrivateKeyFile = Named(connection.PrivateKeyFile), Proxy = proxy };
    }
}
