using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>What was set up by hand, cut out of its files by take-over.sh as it is, on a host that is a directory.</summary>
public sealed class TakeOverTests : IDisposable
{
    private const string Grub = "/etc/default/grub";

    private const string Typed =
        """
        # If you change this file, run 'update-grub' afterwards: intel_iommu=on
        GRUB_DEFAULT=0
        GRUB_CMDLINE_LINUX_DEFAULT="quiet splash intel_iommu=on  iommu=pt vfio-pci.ids=10de:1f82,10de:10fa"
        GRUB_CMDLINE_LINUX=""

        """;

    private readonly SysfsTree tree = new();

    public TakeOverTests() => Directory.CreateDirectory(tree.Path("work"));

    public void Dispose() => tree.Dispose();

    public static TheoryData<string, string, string[], string[], string> Cuts() => new()
    {
        { Grub, "GRUB_CMDLINE_LINUX=\"a intel_iommu=on b\"\n", ["intel_iommu=on"], [], "GRUB_CMDLINE_LINUX=\"a b\"\n" },
        { Grub, "GRUB_CMDLINE_LINUX=\"intel_iommu=on\"\n", ["intel_iommu=on"], [], "GRUB_CMDLINE_LINUX=\"\"\n" },
        { Grub, "GRUB_CMDLINE_LINUX=intel_iommu=on\n", ["intel_iommu=on"], [], "GRUB_CMDLINE_LINUX=\n" },
        { Grub, "  export GRUB_CMDLINE_LINUX_DEFAULT='quiet iommu=pt'", ["iommu=pt"], [], "  export GRUB_CMDLINE_LINUX_DEFAULT='quiet'\n" },
        { Grub, "GRUB_CMDLINE_LINUX=\"intel_iommu=on,igfx_off x.iommu=pt iommu=pt2\"\n", ["intel_iommu=on", "iommu=pt"], [], "GRUB_CMDLINE_LINUX=\"intel_iommu=on,igfx_off x.iommu=pt iommu=pt2\"\n" },
        { Grub, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX iommu=pt iommu=pt\" # iommu=pt\n", ["iommu=pt"], [], "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX\" #\n" },
        { Grub, "GRUB_CMDLINE_LINUX_RECOVERY=\"iommu=pt\"\n#GRUB_CMDLINE_LINUX=\"iommu=pt\"\n", ["iommu=pt"], [], "GRUB_CMDLINE_LINUX_RECOVERY=\"iommu=pt\"\n#GRUB_CMDLINE_LINUX=\"iommu=pt\"\n" },
        { "/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1f82 disable_vga=1\noptions kvm ids=10de:1f82x\n", ["ids=10de:1f82"], [], "options vfio-pci disable_vga=1\noptions kvm ids=10de:1f82x\n" },
        { "/etc/modprobe.d/vfio.conf", "# a\n  options vfio-pci ids=10de:1f82 \r\nsoftdep nouveau pre: vfio-pci\nblacklist nouveau\n\n\n", [], ["options vfio-pci ids=10de:1f82", "softdep nouveau pre: vfio-pci"], "# a\nblacklist nouveau\n" },
        { "/etc/modules", "vfio\nvfio_pci\n", [], ["vfio", "vfio_pci"], "" },
        { "/etc/modules", "loop\nvfio_pci_core\n# \\n 'x' $y `z`\n", [], ["vfio_pci", "# \\n 'x' $y `z`"], "loop\nvfio_pci_core\n" },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void The_host_cuts_what_the_preview_shows(string path, string before, string[] words, string[] lines, string after)
    {
        var item = new TakeOverSpec { Path = path, Words = words, Lines = lines };
        Assert.Equal(after == before, HandMadeCut.IsDone(item, Found(path, before)));
        Assert.Equal(after, HandMadeCut.Cut(item, before));
        Assert.True(HandMadeCut.IsDone(item, Found(path, after)));
        tree.Write("host" + path, before);
        Assert.Equal((0, after), (Run("apply", item).Code, Read(path)));
        Assert.Equal((0, after), (Run("apply", item).Code, Read(path)));
        Assert.Equal((0, before), (Run("revert", item).Code, Read(path)));
        Assert.False(Directory.Exists(tree.Path("state")));
    }

    [Fact]
    public void What_an_operator_has_written_since_is_not_overwritten_by_an_older_original_and_that_has_a_place()
    {
        var item = new TakeOverSpec { Path = Grub, Words = ["intel_iommu=on", "iommu=pt"] };
        tree.Write("host" + Grub, Typed);
        Assert.Equal(0, Run("apply", item).Code);
        var edited = Read(Grub) + "GRUB_TIMEOUT=5\n";
        tree.Write("host" + Grub, edited);

        // Another apply has nothing to cut, and does not take the edit for its own.
        Assert.Equal(0, Run("apply", item).Code);
        Assert.Equal(edited, Read(Grub));
        var (code, said) = Run("revert", item);
        Assert.True(code == 0, said);
        Assert.Equal(edited, Read(Grub));
        Assert.Contains("was changed after this stack took over", said, StringComparison.Ordinal);
        Assert.Equal(Typed, File.ReadAllText(tree.Path("state/replaced" + tree.Path("host" + Grub))));
        Assert.Equal(["replaced"], Directory.GetFileSystemEntries(tree.Path("state")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_line_that_somebody_typed_again_and_nothing_else_leaves_the_original_to_come_back()
    {
        var item = new TakeOverSpec { Path = "/etc/initramfs-tools/modules", Lines = ["vfio_pci"] };
        const string typed = "# modules\nvfio_pci\n";
        tree.Write("host" + item.Path, typed);
        Assert.Equal(0, Run("apply", item).Code);
        tree.Write("host" + item.Path, Read(item.Path) + "vfio_pci\n");
        Assert.Equal((0, "# modules\n"), (Run("apply", item).Code, Read(item.Path)));
        Assert.Equal((0, typed), (Run("revert", item).Code, Read(item.Path)));
        Assert.False(Directory.Exists(tree.Path("state")));
    }

    [Fact]
    public void Words_that_came_back_are_cut_again_and_the_edit_around_them_is_still_its_owners()
    {
        var item = new TakeOverSpec { Path = Grub, Words = ["iommu=pt"] };
        tree.Write("host" + Grub, Typed);
        Assert.Equal(0, Run("apply", item).Code);
        tree.Write("host" + Grub, Read(Grub).Replace("quiet splash", "quiet iommu=pt", StringComparison.Ordinal));
        Assert.Equal(0, Run("apply", item).Code);
        Assert.Contains("=\"quiet intel_iommu=on", Read(Grub), StringComparison.Ordinal);
        var (code, said) = Run("revert", item);
        Assert.Equal(0, code);
        Assert.Contains("as it was before the stack it is", said, StringComparison.Ordinal);
        Assert.DoesNotContain("splash", Read(Grub), StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_that_is_not_taken_over_any_more_comes_back_unless_the_file_was_changed_meanwhile()
    {
        var both = new TakeOverSpec { Path = Grub, Words = ["intel_iommu=on", "iommu=pt"] };
        var one = both with { Words = ["iommu=pt"] };
        tree.Write("host" + Grub, Typed);
        Assert.Equal(0, Run("apply", both).Code);
        var (code, said) = Run("apply", one);
        Assert.Equal((0, HandMadeCut.Cut(one, Typed)), (code, Read(Grub)));
        Assert.Contains("took over", said, StringComparison.Ordinal);
        Assert.DoesNotContain("took over", Run("apply", one).Said, StringComparison.Ordinal);
        Assert.Equal(0, Run("apply", both).Code);
        Assert.Equal(HandMadeCut.Cut(both, Typed), Read(Grub));
        tree.Write("host" + Grub, Read(Grub) + "GRUB_TIMEOUT=5\n");
        Assert.Equal(0, Run("apply", one).Code);
        Assert.Equal(HandMadeCut.Cut(both, Typed) + "GRUB_TIMEOUT=5\n", Read(Grub));
    }

    [Fact]
    public void What_is_left_after_a_cut_is_no_upgrade_where_it_is_what_the_package_ships()
    {
        const string shipped = "# shipped\n";
        var item = new TakeOverSpec { Path = "/etc/sysctl.conf", Lines = ["vm.nr_hugepages=8"] };
        tree.Write("host" + item.Path, shipped + "vm.nr_hugepages=8\n");
        var path = tree.Path("host" + item.Path);
        var dpkg = $"dpkg_query() {{ case $1 in -S) echo 'procps: {path}' ;; *) echo ' {path} {Md5(shipped)}' ;; esac; }}\n";
        string WithDpkg(string script) => script
            .Replace("dpkg-query", "dpkg_query", StringComparison.Ordinal).Replace("\nset -u\n", $"\nset -u\n{dpkg}", StringComparison.Ordinal);
        Assert.Equal((0, shipped), (Run(WithDpkg, "apply", item).Code, Read(item.Path)));
        Assert.Equal(0, Run(WithDpkg, "revert", item).Code);
        Assert.Equal(shipped + "vm.nr_hugepages=8\n", Read(item.Path));
        Assert.False(File.Exists(path + ".before-passthrough-host"));
    }

    [Fact]
    public void A_file_that_cannot_be_read_through_is_left_as_it_is()
    {
        tree.Write("host" + Grub, Typed);
        var item = new TakeOverSpec { Path = Grub, Words = ["iommu=pt"] };
        var (code, said) = Run(s => s.Replace("lines=$3 awk ", "lines=$3 false ", StringComparison.Ordinal), "apply", item);
        Assert.Equal((1, Typed), (code, Read(Grub)));
        Assert.Contains("could not be cut out of its text", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_put_aside_comes_back_with_its_mode_also_when_the_entry_goes()
    {
        const string script = "/etc/initramfs-tools/scripts/init-top/vfio.sh";
        var item = new TakeOverSpec { Path = script, SetAside = true };
        tree.Write("host" + script, "#!/bin/sh\necho vfio-pci\n");
        Assert.Equal(0, tree.Shell($"chmod 750 {tree.Path("host" + script)}").Code);
        Assert.Equal(0, Run("apply", item).Code);
        Assert.False(File.Exists(tree.Path("host" + script)));
        Assert.Contains($"taken\t{tree.Path("host" + script)}\tabsent\n", File.ReadAllText(tree.Path("state/memory.receipt")), StringComparison.Ordinal);
        Assert.Equal(0, Run("apply").Code);
        Assert.Equal("#!/bin/sh\necho vfio-pci\n", Read(script));
        Assert.Equal("750\n", tree.Shell($"stat -c %a {tree.Path("host" + script)}").Said);

        // One that somebody has written there meanwhile stays.
        Assert.Equal(0, Run("apply", item).Code);
        tree.Write("host" + script, "another\n");
        Assert.Contains("is left as it is", Run("revert", item).Said, StringComparison.Ordinal);
        Assert.Equal("another\n", Read(script));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_taken_over_comes_back_also_after_its_receipt_was_deleted(bool isUpdatedAgain)
    {
        var cut = new TakeOverSpec { Path = Grub, Words = ["iommu=pt"] };
        var aside = new TakeOverSpec { Path = "/etc/initramfs-tools/scripts/init-top/vfio.sh", SetAside = true };
        tree.Write("host" + Grub, Typed);
        tree.Write("host" + aside.Path, "echo\n");
        Assert.Equal(0, Run("apply", cut, aside).Code);
        var receipt = File.ReadAllLines(tree.Path("state/memory.receipt")).Where(l => l.StartsWith("taken", StringComparison.Ordinal));
        File.Delete(tree.Path("state/memory.receipt"));
        if (isUpdatedAgain)
        {
            Assert.Equal(0, Run("apply", cut, aside).Code);
            Assert.Equal(receipt, File.ReadAllLines(tree.Path("state/memory.receipt")).Where(l => l.StartsWith("taken", StringComparison.Ordinal)));
        }

        Assert.Equal(0, Run("revert", cut, aside).Code);
        Assert.Equal((Typed, "echo\n"), (Read(Grub), Read(aside.Path)));
        Assert.False(Directory.Exists(tree.Path("state")));
    }

    [Fact]
    public void What_an_operator_has_written_since_is_his_also_after_the_receipt_was_deleted()
    {
        var item = new TakeOverSpec { Path = Grub, Words = ["iommu=pt"] };
        tree.Write("host" + Grub, Typed);
        Assert.Equal(0, Run("apply", item).Code);
        var edited = Read(Grub) + "GRUB_TIMEOUT=5\n";
        tree.Write("host" + Grub, edited);
        File.Delete(tree.Path("state/memory.receipt"));
        Assert.Equal(0, Run("apply", item).Code);
        var (code, said) = Run("revert", item);
        Assert.Equal((0, edited), (code, Read(Grub)));
        Assert.Contains("as it was before the stack it is", said, StringComparison.Ordinal);
        Assert.Equal(Typed, File.ReadAllText(tree.Path("state/replaced" + tree.Path("host" + Grub))));
    }

    [Fact]
    public void A_link_is_not_cut_and_nothing_is_written()
    {
        tree.Write("host/etc/grub.real", Typed);
        tree.Link("host" + Grub, tree.Path("host/etc/grub.real"));
        var (code, said) = Run("apply", new TakeOverSpec { Path = Grub, Words = ["iommu=pt"] });
        Assert.Equal(1, code);
        Assert.Contains("no regular file of root's", said, StringComparison.Ordinal);
        Assert.Equal(Typed, Read("/etc/grub.real"));
    }

    [Fact]
    public void A_preview_shows_what_goes_and_who_brought_it_back()
    {
        var item = new TakeOverSpec { Path = Grub, Words = ["intel_iommu=on", "nowhere"] };
        var first = HandMadeCut.Setting(item, FactsOf(Typed));
        Assert.Equal(("with intel_iommu=on", "without intel_iommu=on, nowhere"), (first.Live, first.Wanted));
        Assert.Contains("-GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash intel_iommu=on  iommu=pt", first.Diff, StringComparison.Ordinal);
        Assert.Contains("+GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash iommu=pt", first.Diff, StringComparison.Ordinal);
        var cut = HandMadeCut.Cut(item, Typed);
        Assert.True(HandMadeCut.Setting(item, FactsOf(cut + "GRUB_TIMEOUT=5\n")).InSync);
        Assert.True(HandMadeCut.Setting(item, FactsOf(null)).InSync);
        Assert.False(HandMadeCut.Setting(item, FactsOf(Typed)).InSync);
    }

    [Fact]
    public void Once_it_is_cut_the_host_is_as_wanted_and_words_that_come_back_are_drift()
    {
        var spec = SpecReader.Read(Yaml.ToJson(
            """
            connection: { host: h, hostKey: insecure-accept-any }
            devices: [{ name: usb, address: "04:00.0", id: "1912:0014" }]
            takeOver: [{ path: /etc/default/grub, words: [iommu=pt] }]
            """));
        var applied = AppliedHost.Of(spec, FactsOf(Typed));
        var cut = applied with { Files = [.. applied.Files, Found(Grub, HandMadeCut.Cut(spec.TakeOver[0], Typed))] };
        Assert.True(HostPlan.Make(spec, cut)["boot"].InSync);
        var tampered = Assert.Single(HostPlan.Make(spec, applied with { Files = [.. applied.Files, Found(Grub, Typed)] })["boot"].Differences);
        Assert.Equal((Cause.Drift, "taken over from /etc/default/grub"), (tampered.Cause, tampered.Subject));
        var before = cut with
        {
            Receipts = [.. cut.Receipts.Select(r => r with
        {
            Settings = r.Settings.ToDictionary(s => s.Key, s => s.Key == tampered.Subject ? "without intel_iommu=on, iommu=pt" : s.Value),
        })]
        };
        var fewer = Assert.Single(HostPlan.Make(spec, before)["boot"].Differences);
        Assert.Equal((Cause.Change, "taken over from /etc/default/grub: without intel_iommu=on, iommu=pt -> without iommu=pt"), (fewer.Cause, fewer.Text));
        var gone = HostPlan.Make(spec with { TakeOver = [] }, cut)["boot"].Differences;
        Assert.Contains(gone, d => d is { Cause: Cause.Change, Text: "taken over from /etc/default/grub: no longer wanted" });
    }

    [Theory]
    [InlineData("{ path: /etc/passwd, lines: [x] }", "\"/etc/passwd\" is no file that is taken over")]
    [InlineData("{ path: /etc/default/grub.d/../x.cfg, words: [x] }", "is no file that is taken over")]
    [InlineData("{ path: /etc/modprobe.d/passthrough-host.conf, lines: [x] }", "is no file that is taken over")]
    [InlineData("{ path: /etc/default/grub }", "nothing of the file is taken over")]
    [InlineData("{ path: /etc/default/grub, setAside: true }", "is a file of the distribution")]
    [InlineData("{ path: /etc/default/grub, lines: [\"GRUB_TIMEOUT=5\"] }", "says more than this stack has")]
    [InlineData("{ path: /etc/default/grub, words: [\"a b\"] }", "is not one word")]
    [InlineData("{ path: /etc/modules, words: [vfio] }", "has no words to cut out")]
    [InlineData("{ path: /etc/modules, lines: [\"a\\nb\"] }", "is not one line")]
    [InlineData("{ path: \"/etc/driverctl.d/pci-0000:01:00.0\", lines: [vfio-pci] }", "whole or not at all")]
    [InlineData("{ path: /etc/modprobe.d/vfio.conf, lines: [x], setAside: true }", "conflicts with words and lines")]
    [InlineData("{ path: /etc/sysctl.d/10-pages.conf, lines: [\"vm.nr_hugepages=8\"] }", "there is no hugePages")]
    public void What_cannot_be_taken_over_is_refused_by_name(string item, string says)
    {
        var problem = Assert.Throws<SpecException>(() => SpecReader.Read(Yaml.ToJson($"connection: {{ host: h, hostKey: insecure-accept-any }}\ntakeOver: [{item}]\n")));
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private static FileFacts Found(string path, string content) => new() { Path = path, Kind = FileKind.Regular, Mode = "644", Owner = "root:root", Content = content };

    private static HostFacts FactsOf(string? content) =>
        RecordedProbe.Load("stacks/probes/dev.json", Repository.Root) with { Files = content is null ? [] : [Found(Grub, content)] };

    private string Read(string path) => File.ReadAllText(tree.Path("host" + path));

    private static string Md5(string text) =>
#pragma warning disable CA5351 // dpkg's digest
        Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    private (int Code, string Said) Run(string verb, params TakeOverSpec[] items) => Run(s => s, verb, items);

    private (int Code, string Said) Run(Func<string, string> change, string verb, params TakeOverSpec[] items) => tree.Shell(change(
        HostScript.Text(new()
        {
            Concern = "memory",
            Script = new("memory.sh") { Parts = [HandMadeCut.Script] },
            TakeOver = [.. items.Select(i => i with { Path = tree.Path("host" + i.Path) })],
            Variables = new Dictionary<string, string> { ["PAGES"] = "", ["PAGE_SIZE"] = "2M" },
        }).Replace("/var/lib/passthrough-host", tree.Path("state"), StringComparison.Ordinal).Replace("/run/passthrough-host.work", tree.Path("work/run"), StringComparison.Ordinal)),
        verb,
        "token");
}
