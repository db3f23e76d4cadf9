namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold within <c>isolation</c>, whatever the machine.</summary>
internal static class IsolationRules
{
    private const string Path = SpecReader.Root + ".isolation";

    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(IsolationSpec? isolation)
    {
        if (isolation is null)
        {
            yield break;
        }

        if (isolation.Cpus is null && (isolation.Method == IsolationMethod.Kernel || !isolation.ThreadIrqs))
        {
            yield return new($"{Path}.cpus", "is missing", "auto, or a list such as \"2-5\"; only threadIrqs: true does without");
        }

        if (isolation.Method == IsolationMethod.Kernel && isolation.Guests.Count > 0)
        {
            yield return new($"{Path}.guests", "has no effect with method kernel", "leave it out: the kernel keeps the CPUs free from boot on, whoever runs");
        }

        for (var i = 0; i < isolation.Guests.Count; i++)
        {
            // libvirt, virXMLCheckIllegalChars and the names of its own files: no '/' and no line end.
            if (isolation.Guests[i].Trim().Length == 0 || isolation.Guests[i].Any(c => c == '/' || char.IsControl(c)))
            {
                yield return new($"{Path}.guests[{i}]", $"\"{isolation.Guests[i]}\" is not the name of a guest", "as `virsh list --all` shows it, without '/'");
            }
        }
    }
}
