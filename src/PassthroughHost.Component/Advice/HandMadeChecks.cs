using PassthroughInfra.Component.Facts;

namespace PassthroughInfra.Component.Advice;

/// <summary>
/// What was set up by hand for passthrough, and the mistakes in it, each with its remedy. Nothing of it forbids an update: what beats an update is among the
/// preconditions. What an update leaves alone and what should not stay is said in words.
/// </summary>
internal static class HandMadeChecks
{
    /// <summary>The checks; none in facts of an older version, or if nothing was set up by hand.</summary>
    /// <param name="facts">What was read.</param>
    public static IEnumerable<Check> Of(HostFacts facts)
    {
        if (facts.HandMade is null)
        {
            return [];
        }

        var setup = new HandMadeSetup(facts);
        List<Check> mistakes =
        [
            .. HandMadeBoot.Of(setup),
            .. HandMadeBinding.Of(setup),
            .. HandMadeHooks.Of(setup),
            .. HandMadeGuests.Of(setup),
            .. HandMadeRisks.Of(setup),
        ];
        return [.. Found(setup), .. mistakes];
    }

    // One line for each place, so that a reader knows what the machine has before what is wrong with it.
    private static IEnumerable<Check> Found(HandMadeSetup setup)
    {
        List<(string Path, string Word)> found =
        [
            .. setup.Grub.Where(w => HandMadeSetup.IsOfPassthrough(w.Word)).Select(w => (w.Path, w.Word)),
            .. setup.Lines.Where(l => !HandMadeSetup.IsIn(l.Path, "/etc/libvirt/qemu.conf") && HandMadeSetup.IsForVfio(l.Text)).Select(l => (l.Path, l.Text)),
            .. setup.Files.Where(f => f.Words.Any(w => w is "driver_override" or "new_id")).Select(f => (f.Path, "a script that binds devices")),
            .. setup.Files.Where(f => HandMadeSetup.IsHook(f.Path)).Select(f => (f.Path, "a hook of libvirt")),
        ];
        return found.GroupBy(f => f.Path, f => f.Word, StringComparer.Ordinal)
            .Select(g => new Check(CheckArea.ByHand, "found", Verdict.Note, $"{g.Key}: {string.Join("; ", g.Distinct())}"));
    }
}
