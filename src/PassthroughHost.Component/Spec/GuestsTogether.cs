namespace PassthroughInfra.Component.Spec;

/// <summary>What must hold between the guests of one machine, whatever the machine. NVRAM and TPM state follow from a guest's name and UUID.</summary>
internal static class GuestsTogether
{
    /// <summary>Every rule that is broken.</summary>
    public static IEnumerable<SpecError> Check(MachineSpec spec) =>
        spec.Guests.Count < 2 ? [] :
        [
            .. Unnamed(spec),
            .. Twice(spec, (g, path) => [($"{path}.name", $"\"{g.Name}\"", g.Name.ToString())], "give each guest a name of its own"),
            .. Twice(spec, (g, path) => g.Uuid is { } uuid ? [($"{path}.uuid", $"{uuid}", $"{uuid}")] : [], "give each guest a UUID of its own, or leave it out"),
            .. Twice(spec, Devices, "leave it out of one of them: a device belongs to one guest"),
            .. Twice(spec, Disks, "give each guest a disk of its own: two guests that write to one destroy its file system"),
            .. Twice(spec, Macs, "give each card an address of its own, or leave it out"),
            .. Twice(
                spec,
                (g, path) => g.LookingGlass is null ? [] : [($"{path}.lookingGlass", "the memory /dev/shm/looking-glass", "looking-glass")],
                "only one guest of a machine can have it: leave it out of the others"),
            .. Twice(spec, (g, path) => g.SerialFile is { } file ? [($"{path}.serialFile", $"{file}", $"{file}")] : [], "give each guest a file of its own"),
        ];

    // All of them would be given to each.
    private static IEnumerable<SpecError> Unnamed(MachineSpec spec)
    {
        var known = string.Join(", ", spec.Devices.Select(d => d.Name));
        return spec.Devices.Count == 0 ? [] : spec.Guests.Select((g, i) => (g, i)).Where(g => g.g.Devices is null).Select(g => new SpecError(
            $"{DeclaredGuest.PathOf(g.i)}.devices",
            "is missing: each of several guests names its own devices",
            $"list those of {g.g.Name} (of {known}), or [] for none"));
    }

    private static IEnumerable<(string Path, string Shown, string Key)> Devices(GuestSpec guest, string path) =>
        (guest.Devices ?? []).Distinct().Select(d => ($"{path}.devices[{guest.Devices!.ToList().IndexOf(d)}]", $"\"{d}\"", d));

    private static IEnumerable<(string Path, string Shown, string Key)> Disks(GuestSpec guest, string path) =>
        guest.AllDisks(path).Select(d => ($"{d.Path}.path", $"{d.Disk.Path}", Plain($"{d.Disk.Path}"))).DistinctBy(d => d.Item3);

    // A doubled slash is the same place.
    private static string Plain(string path) => string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<(string Path, string Shown, string Key)> Macs(GuestSpec guest, string path) =>
        (guest.Interfaces ?? []).Select((n, i) => (Path: $"{path}.interfaces[{i}].mac", n.Mac)).Where(n => n.Mac is not null).Select(n => (n.Path, $"{n.Mac}", $"{n.Mac}")).DistinctBy(n => n.Item3);

    private static IEnumerable<SpecError> Twice(MachineSpec spec, Func<GuestSpec, string, IEnumerable<(string Path, string Shown, string Key)>> of, string remedy)
    {
        var taken = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < spec.Guests.Count; i++)
        {
            foreach (var (path, shown, key) in of(spec.Guests[i], DeclaredGuest.PathOf(i)))
            {
                if (!taken.TryAdd(key, i))
                {
                    yield return new(path, $"{shown} is also that of guests[{taken[key]}] ({spec.Guests[taken[key]].Name})", remedy);
                }
            }
        }
    }
}
