using PassthroughInfra.Component.Devices;
using PassthroughInfra.Component.Planning;

namespace PassthroughInfra.Component.Advice;

/// <summary>What a machine is fit for, in one sentence.</summary>
internal static class FitVerdict
{
    private const int Named = 3;

    /// <summary>The sentence. It begins with <c>fit</c> or <c>not fit</c>, and agrees with <see cref="HostAssessment.IsFit"/>.</summary>
    public static string Of(IReadOnlyList<Check> checks, StackAdvice advice)
    {
        var bad = checks.Where(c => c.Forbids).ToList();
        if (bad.Count > 0)
        {
            // Where there is nothing to give away, why there is no graphics card says more.
            var device = bad[0] is { Area: CheckArea.Devices, Id: "devices" } && advice.Devices.Candidates.All(c => c.Role != DeviceRole.Card || c.Kind != CandidateKind.Graphics);
            var first = device ? Lower(CardChooser.WithoutGraphics(advice.Devices).Split(": ")[0]) : bad[0].Found;
            return $"not fit: {first.TrimEnd('.')}{(bad.Count > 1 ? $", and {bad.Count - 1} more {(bad.Count > 2 ? "things are" : "thing is")} in the way" : "")}";
        }

        var guest = Guest(advice);
        if (advice.Cards.Any(c => c.Card.Kind == CandidateKind.Graphics))
        {
            var cards = advice.Cards.Select(c => DeviceNames.InSentence(c.Card)).ToList();
            return $"fit: {List(cards)} can be given to {guest}{IfAlone(advice.Cards.Select(c => c.Card))}";
        }

        if (CardChooser.OnlyDisplay(advice.Devices) is { } only)
        {
            return $"fit, at a price: {DeviceNames.InSentence(only)} is this machine's only display; where it is named (init --gpu {only.Lead.Address.Brief}), it can be given to {guest}{IfAlone([only])}, and the host is left without a picture";
        }

        var others = DeviceChecks.Others(advice.Devices).ToList();
        var names = others.Take(Named).Select(DeviceNames.InSentence).ToList();
        if (others.Count > Named)
        {
            names.Add($"{others.Count - Named} more");
        }

        return others.Count == 0
            ? $"fit for {guest}, with the devices that are named"
            : $"fit for guests without graphics: {List(names)} can be named for {guest}{IfAlone(others)}; {Lower(CardChooser.WithoutGraphics(advice.Devices).Split(": ")[0].TrimEnd('.'))}";
    }

    private static string IfAlone(IEnumerable<Candidate> cards)
    {
        var all = cards.ToList();
        return all.All(c => c.Grouped) ? "" : $", if {(all.Count > 1 ? "each" : "it")} has an IOMMU group of its own, which shows once the kernel uses the IOMMU";
    }

    private static string Guest(StackAdvice advice)
    {
        var memory = $"up to {Amounts.OfKiB(advice.RoomKiB)}";
        return advice.GuestCores switch
        {
            0 => $"a guest that shares the host's processor, with {memory}",
            var cores => $"a guest of {cores} {(cores == 1 ? "core" : "cores")} and {memory}",
        };
    }

    private static string List(List<string> items) => items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.SkipLast(1))} and {items[^1]}";

    private static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
}
