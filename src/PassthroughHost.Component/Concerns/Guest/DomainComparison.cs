using System.Xml.Linq;

namespace PassthroughInfra.Component.Concerns.Guest;

/// <summary>
/// Compares domain documents by what they mean: the order of elements, the spelling of numbers and sizes, and what libvirt adds by itself are
/// no differences.
/// </summary>
public static class DomainComparison
{
    private static readonly Dictionary<string, string> MainAttributes = new(StringComparer.Ordinal)
    {
        ["vcpupin"] = "cpuset",
        ["emulatorpin"] = "cpuset",
        ["iothreadpin"] = "cpuset",
        ["memballoon"] = "model",
    };

    /// <summary>How a definition differs from the document that is wanted.</summary>
    /// <param name="live">What libvirt gives back (<c>virsh dumpxml --inactive</c>).</param>
    /// <param name="wanted">What it is to be made from.</param>
    public static IReadOnlyList<DomainDifference> ToWanted(XElement live, XElement wanted) => Compare(live, wanted, LibvirtAdditions.HasElement, LibvirtAdditions.HasAttribute);

    /// <summary>
    /// How a definition differs from the one that libvirt gave back earlier: nothing is taken for an addition of its own, but what it notes at a start.
    /// </summary>
    /// <param name="live">What libvirt gives back now.</param>
    /// <param name="earlier">What it gave back then.</param>
    public static IReadOnlyList<DomainDifference> ToEarlier(XElement live, XElement earlier) => Compare(live, earlier, (path, _) => LibvirtAdditions.ComesWithStart(path), _ => false);

    /// <summary>What a restart would change: how the running instance differs from the definition.</summary>
    /// <param name="running">What it runs with (<c>virsh dumpxml</c>).</param>
    /// <param name="definition">What it would start with (<c>virsh dumpxml --inactive</c>).</param>
    public static IReadOnlyList<DomainDifference> ToDefinition(XElement running, XElement definition) =>
        [
            .. Compare(running, definition, (path, node) => !IsDevice(path) || LibvirtAdditions.HasElement(path, node), _ => true)
                .Where(d => !LibvirtAdditions.IsOfRunningInstance(d.Path)),
        ];

    private static bool IsDevice(string path) => path.StartsWith("devices/", StringComparison.Ordinal) && path.Count(c => c == '/') == 1;

    private static List<DomainDifference> Compare(XElement live, XElement wanted, Func<string, DomainNode, bool> isAddedElement, Func<string, bool> isAddedAttribute)
    {
        if (HeldDescription.Is(live) || HeldDescription.Is(wanted))
        {
            (live, wanted) = (HeldDescription.Without(live), HeldDescription.Without(wanted));
        }

        var differences = new List<DomainDifference>();
        Walk("", DomainNode.Of(live), DomainNode.Of(wanted));
        return differences;

        void Walk(string path, DomainNode live, DomainNode wanted)
        {
            foreach (var name in wanted.Attributes.Keys.Union(live.Attributes.Keys).Order(StringComparer.Ordinal))
            {
                var (has, wants) = (live.Attributes.GetValueOrDefault(name), wanted.Attributes.GetValueOrDefault(name));
                var at = MainAttributes.GetValueOrDefault(wanted.Name) == name ? path : Join(path, "@" + name);
                if (has != wants && !(wants is null && isAddedAttribute(Join(path, "@" + name))) && !IsSameMachine(wanted.Name, name, has, wants))
                {
                    differences.Add(new(at, has, wants));
                }
            }

            if (live.Value != wanted.Value)
            {
                differences.Add(new(path, live.Value, wanted.Value));
            }

            foreach (var key in wanted.Children.Keys.Union(live.Children.Keys))
            {
                var at = Join(path, key);
                if (!live.Children.TryGetValue(key, out var has))
                {
                    differences.Add(new(at, null, wanted.Children[key].Value));
                }
                else if (!wanted.Children.TryGetValue(key, out var wants))
                {
                    if (!isAddedElement(at, has))
                    {
                        differences.Add(new(at, has.Value, null));
                    }
                }
                else
                {
                    Walk(at, has, wants);
                }
            }
        }
    }

    // An unversioned machine type stands for the newest of its kind. Source: libvirt, "Domain XML format", os/type.
    private static bool IsSameMachine(string element, string attribute, string? live, string? wanted) =>
        element == "type" && attribute == "machine" && live is not null && wanted switch
        {
            "q35" => live.StartsWith("pc-q35-", StringComparison.Ordinal),
            "pc" => live.StartsWith("pc-i440fx-", StringComparison.Ordinal),
            _ => false,
        };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}/{name}";
}
