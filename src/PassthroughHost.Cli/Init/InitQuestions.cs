using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Spec;
using Spectre.Console;

namespace PassthroughInfra.Cli.Init;

/// <summary>Asks what no option has said; each question shows the proposal first, so that Enter takes it.</summary>
internal sealed class InitQuestions(IAnsiConsole console, HostFacts facts)
{
    private sealed record Answer(string Text, string? Value);

    /// <summary>The choices with the answers.</summary>
    public AdviceChoices Ask(AdviceChoices choices)
    {
        using var asking = Questions.Asking();
        var devices = HostDevices.Of(facts);
        choices = choices with
        {
            Gpu = choices.Gpu ?? Card(devices, CandidateKind.Graphics, "Which graphics card goes to the guest?"),
            Usb = choices.Usb ?? Card(devices, CandidateKind.Usb, "Which USB controller goes to the guest?"),
        };
        choices = choices with { Bridge = choices.Bridge ?? Bridge() };
        if (choices.Guest is not null)
            return choices;
        var name = console.Prompt(new TextPrompt<string>("The guest's name (Enter: no guest for now):").AllowEmpty().Validate(n =>
            n.Length == 0 || GuestName.TryRead(n, out _) ? ValidationResult.Success() : ValidationResult.Error($"expected {GuestName.Expected}")));
        if (name.Length == 0)
            return choices;
        return choices with
        {
            Guest = name,
            GuestOs = console.Prompt(new SelectionPrompt<GuestOs>().Title("What runs in it?").UseConverter(InitOptions.Name).AddChoices(GuestOs.Windows10, GuestOs.Windows11, GuestOs.Linux)),
            Memory = choices.Memory ?? Amount("Its memory (Enter: what fits):"),
        };
    }

    private string? Card(HostDevices devices, CandidateKind kind, string question)
    {
        var (all, free) = (devices.Candidates, StackAdvice.Proposable(devices, kind));
        var others = all.Where(c => c.Kind == kind && !free.Contains(c)).ToList();
        if (free.Count + others.Count == 0)
            return null;
        List<Answer> answers =
        [
            // The first is what is proposed anyway, with its reason.
            .. free.Select((c, i) => new Answer(c.ToString(), i == 0 ? null : c.Lead.Address.ToString())),
            new("none", AdviceChoices.None),
            .. others.Select(c => new Answer($"{c} ({StackAdvice.Against(devices, c)})", c.Lead.Address.ToString())),
        ];
        return console.Prompt(Select(question, answers)).Value;
    }

    private string? Bridge()
    {
        var proposed = NetworkAdvice.Make(facts, null, []);
        var nics = NetworkAdvice.Bridgeable(facts).Where(l => l.Master.Length == 0 && l.Name != proposed.Link?.Name);
        List<Answer> answers =
        [
            proposed.Link is { } link ? new($"on {link.Name} ({proposed.Reason})", null) : new($"none ({proposed.Reason})", null),
            .. nics.Select(l => new Answer($"on {l.Name} ({string.Join(", ", l.Addresses.DefaultIfEmpty("no address"))}{(facts.Network.SshLink is { } session && facts.Network.Below(session).Contains(l) ? "; carries this SSH connection" : "")})", l.Name)),
        ];
        if (proposed.Link is not null)
            answers.Add(new("none", AdviceChoices.None));
        return console.Prompt(Select("A bridge for guests?", answers)).Value;
    }

    private MemorySize? Amount(string question)
    {
        var text = console.Prompt(new TextPrompt<string>(question).AllowEmpty().Validate(t =>
            t.Length == 0 || MemorySize.TryRead(t, out _) ? ValidationResult.Success() : ValidationResult.Error($"expected {MemorySize.Expected}")));
        return text.Length == 0 ? null : MemorySize.Parse(text);
    }

    private static SelectionPrompt<Answer> Select(string question, IEnumerable<Answer> answers) =>
        new SelectionPrompt<Answer>().Title(Markup.Escape(question)).UseConverter(a => Markup.Escape(a.Text)).AddChoices(answers);
}
