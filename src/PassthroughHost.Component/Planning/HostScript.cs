using System.Security.Cryptography;
using System.Text;

namespace PassthroughInfra.Component.Planning;

/// <summary>
/// Puts together what a concern's commands run. The command is short, because a failing command is quoted whole in the engine's error; what the concern
/// is to be goes in on its stdin, and so into the state. How it is made so is not in the state: the scripts are the host's own copy, which an update brings
/// (<see cref="Bring"/>), so that a newer release of this project is no change of a host, and what an older one wrote is reverted by the newest.
/// The few lines that are for a host without them (no-scripts.sh) stay as they are for the same reason: another text there is an update of every host.
/// </summary>
public static class HostScript
{
    private const string Directory = "/var/lib/passthrough-host/scripts";

    // The last line; nothing may read the rest of a script as its input.
    private const string Main = "main \"$@\" </dev/null\n";

    /// <summary>What goes into a command's <c>stdin</c>: the data, and where the script for it is.</summary>
    public static string Input(ConcernPlan plan) =>
        $"""
        #!/bin/sh
        # What is wanted. How it is made so: {Directory}, which each update brings.
        SCRIPT={Directory}/{plan.Script.Name}
        if [ -r "$SCRIPT" ]; then . "$SCRIPT"; else SCRIPT=; fi

        """.ReplaceLineEndings("\n") + Data(plan) + WithoutScripts(plan) + Main;

    /// <summary>A concern's whole script, for where none is on the host: shared part, own part, data, start.</summary>
    public static string Text(ConcernPlan plan) => "#!/bin/sh\n" + Code(plan.Script) + Data(plan) + Main;

    /// <summary>Brings scripts to the host.</summary>
    /// <param name="scripts">Those of all concerns, whether the spec asks for them or not.</param>
    public static string Bring(IReadOnlyList<ConcernScript> scripts) =>
        $"{EmbeddedScript.Text("bring-scripts.sh")}{string.Concat(scripts.Select(s => $"bring {Path.GetFileNameWithoutExtension(s.Name)} {Shell.Quote(Code(s))}\n"))}brought {Digest(scripts)}\n";

    /// <summary>The digest of the scripts, as <see cref="Bring"/> leaves it on the host and the probe finds it.</summary>
    /// <param name="scripts">The same.</param>
    public static string Digest(IReadOnlyList<ConcernScript> scripts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(scripts.Select(s => $"{Path.GetFileNameWithoutExtension(s.Name)}\n{Code(s)}\n")))));

    // That text looks at the concern's name to tell what is left of it; a guest's name follows it.
    private static string WithoutScripts(ConcernPlan plan) =>
        plan.FormerConcern.Length > 0 || $"{plan.Concern}.sh" == plan.Script.Name ? EmbeddedScript.Text("no-scripts.sh")
        : EmbeddedScript.Text("no-scripts.sh")
            .Replace("case $CONCERN in", "case ${CONCERN%%-*} in", StringComparison.Ordinal)
            .Replace("$state/scripts/$CONCERN.sh", "$state/scripts/${CONCERN%%-*}.sh", StringComparison.Ordinal);

    // Nothing of the spec or of the host is in it.
    private static string Code(ConcernScript script)
    {
        var text = new StringBuilder();
        foreach (var part in (IEnumerable<string>)["host.sh", "journal.sh", .. script.Parts, script.Name])
        {
            text.Append(EmbeddedScript.Text(part)).Append('\n');
        }

        foreach (var (variable, written) in script.Texts)
        {
            text.Append($"{variable}={Shell.Quote(EmbeddedScript.Text(written))}\n");
        }

        return text.ToString();
    }

    private static string Data(ConcernPlan plan)
    {
        var text = new StringBuilder($"CONCERN={Shell.Quote(plan.FormerConcern.Length > 0 ? plan.FormerConcern : plan.Concern)}\nDIGEST={DriftDetector.Digest(plan)}\n");
        // Neither is in what a release without choices wrote.
        var hasChoices = plan.Basis.Length > 0 || plan.Choices.Count > 0;
        if (hasChoices)
        {
            text.Append($"BASIS={plan.Basis}\n");
        }

        foreach (var (name, value) in plan.Variables.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            text.Append($"{name}={Shell.Quote(value)}\n");
        }

        text.Append("managed_files() {\n  :\n");
        foreach (var item in plan.TakeOver)
        {
            text.Append(item.SetAside
                ? $"  set_aside {Shell.Quote(item.Path)}\n"
                : $"  take_over {Shell.Quote(item.Path)} {Shell.Quote(string.Join('\n', item.Words))} {Shell.Quote(string.Join('\n', item.Lines))}\n");
        }

        foreach (var file in plan.Files)
        {
            text.Append(file.Content is null
                ? $"  absent {Shell.Quote(file.Path)}\n"
                : $"  managed {Shell.Quote(file.Path)} {file.Mode} {DriftDetector.FileDigest(file)} {Shell.Quote(file.Content)}\n");
        }

        text.Append("}\nsettings() {\n  :\n");
        foreach (var setting in plan.Settings)
        {
            text.Append($"  setting {Shell.Quote(setting.Name)} {Shell.Quote(setting.Wanted)}\n");
        }

        if (!hasChoices)
        {
            return text.Append("}\n").ToString();
        }

        text.Append("}\nchoices() {\n  :\n");
        foreach (var choice in plan.Choices)
        {
            text.Append($"  choice {Shell.Quote(choice.Name)} {Shell.Quote(choice.Given)} {Shell.Quote(choice.Value)}\n");
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>The command that applies.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    /// <param name="state">The plan compared with the host.</param>
    public static string Apply(string user, ConcernState state) =>
        state.Remark.Length == 0 ? Start(user, "apply", state.Token) : Start(user, "apply", state.Token, state.Remark);

    /// <summary>The command that reverts.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    public static string Revert(string user) => Start(user, "revert");

    /// <summary>The script for the <c>stdin</c> of a command that must not do anything: it says why, and fails.</summary>
    public static string Refusal(string reason) => $"#!/bin/sh\nprintf '%s\\n' {Shell.Quote(reason)} >&2\nexit 1\n";

    /// <summary>The command that refuses.</summary>
    /// <param name="user">The login: anyone but root goes through sudo.</param>
    /// <param name="state">The plan compared with the host; where it differs, so does the text.</param>
    public static string Refuse(string user, ConcernState state) => Start(user, "refuse", state.Token);

    private static string Start(string user, params string[] arguments) => $"{Shell.OfRoot(user)} -- {string.Join(' ', arguments.Select(Shell.Quote))}";
}
