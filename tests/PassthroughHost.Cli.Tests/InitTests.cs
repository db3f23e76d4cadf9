using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Cli.Init;
using PassthroughInfra.Cli.Tests.Support;
using PassthroughInfra.Component.Advice;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Tests;

/// <summary>What is proposed for machines: each file under golden/init/ is accepted, and an update would not refuse it.</summary>
public sealed class InitTests
{
    private const string Project = "passthrough-infra";

    private static readonly ConnectionSpec Connection = new()
    {
        Host = "gpu-host.internal",
        User = "ops",
        HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM",
        PrivateKeyFile = "~/.ssh/id_ed25519",
    };

    public static TheoryData<string, string> Machine() => new()
    {
        { "walkthrough", "plain" },
        { "walkthrough", "guest" },
        { "amd-with-twin-gpus", "guest" },
        { "machine-amd-desktop-with-two-ccds", "guest" },
        { "machine-two-socket-server-with-four-gpus", "guest" },
        { "machine-debian-13-storage-server", "plain" },
        { "machine-laptop-with-the-card-alone", "guest" },
        { "only-graphics-card", "plain" },
        { "lab", "guest" },
    };

    [Theory]
    [MemberData(nameof(Machine))]
    public void A_proposal_is_accepted_and_an_update_would_not_refuse_it(string name, string kind)
    {
        var facts = Machines.Facts(name);
        var text = Propose(facts, kind == "guest" ? new() { Guest = "win10" } : new());
        Machines.Expect($"init/{name}-{kind}.yaml", text);
        var spec = ReadAsTheEngineDoes(text);
        Assert.Empty(HostPlan.Make(spec, facts).Errors);
        Assert.Equal(Connection.HostKey, spec.Connection.HostKey);
    }

    [Fact]
    public void The_walk_throughs_machine_gets_the_walk_throughs_devices_and_network()
    {
        var spec = ReadAsTheEngineDoes(Propose(Machines.Facts("walkthrough"), new() { Bridge = "enp7s0:3000" }));
        Assert.Equal(["gpu 01:00.0", "gpu-audio 01:00.1", "usb 04:00.0"], spec.Devices.Select(d => $"{d.Name} {d.Address.Brief}"));
        Assert.Equal(("enp7s0", "3000", "br3000"), (spec.Network!.Link.ToString(), spec.Network.Vlan.ToString(), spec.Network.Bridge.ToString()));
        Assert.True(spec.Network.ReleaseFromNetworkManager);
        Assert.Equal("enp6s0", Assert.Single(spec.Network.Nics).Name.ToString());
    }

    [Fact]
    public void A_choice_overrules_the_proposal()
    {
        var spec = ReadAsTheEngineDoes(Propose(Machines.Facts("amd-with-twin-gpus"), new() { Gpu = "09:00.0", Usb = AdviceChoices.None, Guest = "g", GuestOs = GuestOs.Windows11, Memory = MemorySize.Parse("8GiB"), Cpus = 4 }));
        Assert.Equal("09:00.0", spec.Devices[0].Address.Brief);
        Assert.Equal((GuestOs.Windows11, 8L * 1024, 4), (spec.Guests[0].Os, spec.Guests[0].Memory.MiB, spec.Guests[0].Cpus.Count));
        Assert.Equal((2, 2), (spec.Guests[0].Cpus.Cores, spec.Guests[0].Cpus.Threads));
    }

    [Fact]
    public void A_host_that_was_set_up_by_hand_is_written_so_that_both_readers_read_the_same()
    {
        var machine = Machines.Facts("walkthrough");
        var facts = machine with
        {
            Boot = machine.Boot with { GrubSettings = [new("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"intel_iommu=on video=efifb:off vfio-pci.ids=10de:1f82,10de:10fa\"")] },
            HandMade = new()
            {
                Lines =
                [
                    new("/etc/modprobe.d/vfio.conf", "options vfio-pci ids=10de:1f82,10de:10fa  # true: \"yes\" \\d"),
                    new("/etc/modules", "vfio"),
                    new("/etc/driverctl.d/pci-0000:04:00.0", "vfio-pci"),
                    new("/etc/udev/rules.d/10-vfio.rules", "SUBSYSTEM==\"vfio\", GROUP=\"kvm\""),
                ],
            },
        };
        var text = Propose(facts, new() { Adopt = true });
        Machines.Expect("init/walkthrough-adopt.yaml", text);
        var spec = ReadAsTheEngineDoes(text);
        Assert.Equal(StackAdvice.Make(facts, Connection, new() { Adopt = true }).Spec().TakeOver.SelectMany(t => (IEnumerable<string>)[t.Path, .. t.Words, .. t.Lines, $"{t.SetAside}"]), spec.TakeOver.SelectMany(t => (IEnumerable<string>)[t.Path, .. t.Words, .. t.Lines, $"{t.SetAside}"]));
        Assert.Equal(["gpu", "gpu-audio", "usb"], spec.Devices.Select(d => d.Name));
        Assert.Empty(HostPlan.Make(spec, facts).Errors);
    }

    [Theory]
    [InlineData("03:00.1", "03:00.1 is no card a guest could use")]
    [InlineData("gpu", "\"gpu\" is not a PCI address")]
    public void A_choice_that_is_not_there_is_refused(string gpu, string message) =>
        Assert.Contains(message, Assert.Throws<ChoiceException>(() => Propose(Machines.Facts("walkthrough"), new() { Gpu = gpu })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("enp9s0", "there is no wired NIC \"enp9s0\"")]
    [InlineData("enp7s0:5000", "\"5000\" is not a VLAN ID")]
    [InlineData("enp7s0:1:2", "is not NIC or NIC:VLAN")]
    public void A_bridge_that_cannot_be_is_refused(string bridge, string message) =>
        Assert.Contains(message, Assert.Throws<ChoiceException>(() => Propose(Machines.Facts("walkthrough"), new() { Bridge = bridge })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_card_the_host_needs_is_named_as_an_update_would_refuse_it()
    {
        var facts = Machines.Facts("walkthrough");
        var errors = ProposalCheck.Errors(ProposalCheck.Read(Propose(facts, new() { Devices = ["03:00.0"] }), Project, "x"), facts);
        Assert.Contains("carries /", Assert.Single(errors).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_machine_calls_itself_can_break_nothing()
    {
        var facts = Machines.Facts("walkthrough");
        const string evil = "x: y\n# z\nconfig: {}\t\"'\u2028";
        facts = facts with
        {
            System = facts.System with { HostName = evil, Machine = evil, PrettyName = evil },
            Pci = [.. facts.Pci.Select(p => p with { Name = evil })],
        };
        var spec = ReadAsTheEngineDoes(Propose(facts, new() { Guest = "g", InstallIso = "/a b/true: #x.iso" }));
        Assert.Equal(3, spec.Devices.Count);
        Assert.Equal("/a b/true: #x.iso", spec.Guests[0].Media.Install.ToString());
    }

    private static string Propose(HostFacts facts, AdviceChoices choices) => StackFileText.Write(StackAdvice.Make(facts, Connection, choices), Project, HostAssessment.Of(facts).Sentence);

    // Both readers must agree: the one that checks before writing, and the engine's of the file.
    private static MachineSpec ReadAsTheEngineDoes(string text)
    {
        var folder = Directory.CreateTempSubdirectory("init-test");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "Pulumi.yaml"), $"name: {Project}\nruntime: dotnet\n");
            File.WriteAllText(Path.Combine(folder.FullName, "Pulumi.x.yaml"), text);
            using var stack = Workspace.Open(folder.FullName, _ => null).OpenStack("x", PassphraseSource.Process);
            var spec = StackMachine.Read(stack);
            Assert.Equal(System.Text.Json.JsonSerializer.Serialize(ProposalCheck.Read(text, Project, "x"), SpecReader.Json), System.Text.Json.JsonSerializer.Serialize(spec, SpecReader.Json));
            return spec;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
