using System.Xml.Linq;
using PassthroughInfra.Component.Concerns.Guest;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using Pulumi;
using Pulumi.Testing;

namespace PassthroughInfra.Component.Tests;

/// <summary>The guest under Pulumi's testing mocks: what is registered for it, and with which connection.</summary>
public sealed class GuestWiringTests
{
    private const string HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKXo3TqYJ9nVh2Zs0mB4wq8d5RfL7uGcE1pNyWtAbHsM";

    private static readonly string Reading = File.ReadAllText(Path.Combine(Repository.Tests, "probes", "lab.txt"));

    private readonly MockedEngine engine = new();

    [Theory]
    [InlineData("start: running")]
    [InlineData("start: leave")]
    public async Task The_provider_makes_an_empty_machine_of_the_guests_name_and_UUID_and_shows_the_whole_definition(string start)
    {
        await RunAsync(Lab(start));
        var domain = Assert.Single(engine.Registered, r => r.Type == "libvirt:index/domain:Domain");
        Assert.Equal("host-domain-win10", domain.Name);
        Assert.Equal("win10", domain.Inputs["name"]);
        Assert.Equal(false, domain.Inputs["running"]);
        Assert.Equal(false, domain.Inputs["autostart"]);
        Assert.Equal("qemu", domain.Inputs["type"]);
        var sheet = XElement.Parse((string)((IDictionary<string, object>)domain.Inputs["xml"])["xslt"]);
        var whole = Assert.Single(sheet.Elements(DomainStylesheet.Data + "definition")).Element("domain")!;
        Assert.Equal(2, whole.Descendants("hostdev").Count());
        var made = Assert.Single(sheet.Descendants(XNamespace.Get("http://www.w3.org/1999/XSL/Transform") + "template")).Element("domain")!;
        Assert.Equal((whole.Element("name")!.Value, whole.Element("uuid")!.Value), (made.Element("name")!.Value, made.Element("uuid")!.Value));
        Assert.True(EmptyMachine.Is(made));
        // Whatever could be of the guest.
        Assert.Equal(["emulator", "controller", "memballoon"], made.Element("devices")!.Elements().Select(e => e.Name.LocalName));
        Assert.Equal(["type"], made.Element("os")!.Elements().Select(e => e.Name.LocalName));
        Assert.Null(made.Element("memoryBacking"));
    }

    [Fact]
    public async Task The_guests_commands_come_last_and_in_their_order()
    {
        await RunAsync(Lab());
        Assert.Equal(
            ["host-preflight", "host-packages", "host-boot-check", "host-boot", "host-restart", "host-verify", "host-libvirt", "host-media-win10", "host-storage-win10", "host-domain-win10", "host-guest-win10"],
            engine.Registered.Where(r => r.Type is "command:remote:Command" or "libvirt:index/domain:Domain").Select(r => r.Name));
    }

    [Fact]
    public async Task The_provider_gets_the_key_by_its_file_and_the_pinned_host_key()
    {
        await RunAsync(Lab());
        var uri = new Uri((string)Assert.Single(engine.Registered, r => r.Type == "pulumi:providers:libvirt").Inputs["uri"]);
        Assert.Equal(("qemu+ssh", "ops", "gpu-host.internal", "/system"), (uri.Scheme, uri.UserInfo, uri.Host, uri.AbsolutePath));
        var query = uri.Query.TrimStart('?').Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]));
        Assert.Equal("privkey", query["sshauth"]);
        Assert.Equal(KeyFile, query["keyfile"]);
        Assert.StartsWith("$HOME/", query["knownhosts"], StringComparison.Ordinal);
        Assert.Equal($"gpu-host.internal {HostKey}\n", await File.ReadAllTextAsync(query["knownhosts"].Replace("$HOME", Environment.GetEnvironmentVariable("HOME"), StringComparison.Ordinal)));
        Assert.DoesNotContain("not-a-real-key", uri.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_commands_define_has_neither_provider_nor_domain()
    {
        await RunAsync(Lab("managedBy: command"));
        Assert.DoesNotContain(engine.Registered, r => r.Type!.Contains("libvirt", StringComparison.Ordinal));
        Assert.DoesNotContain(engine.Registered, r => r.Name!.StartsWith("host-storage", StringComparison.Ordinal));
        Assert.Contains(engine.Registered, r => r.Name == "host-guest-win10");
        Assert.Contains("LOGIN=''", (string)engine.Registered.Single(r => r.Name == "host-libvirt").Inputs["stdin"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_is_taken_over_is_no_resource_of_the_provider_which_would_define_another_in_its_place()
    {
        const string uuid = "0d2f9a4e-7f0c-4a77-9f56-0123456789ab";
        var definition = string.Join('\n', $"<domain type='qemu'>|  <name>win10</name>|  <uuid>{uuid}</uuid>|  <os><type machine='pc-q35-7.2'>hvm</type></os>|  <devices/>|</domain>".Split('|').Select(l => $"text\tdefinition\twin10\t{l}"));
        await RunAsync(Lab($"uuid: {uuid}\n    adopt: true"), $"domain\twin10\t{uuid}\trunning\tdisable\tyes\t\nguest\twin10\n{definition}\n");
        Assert.DoesNotContain(engine.Registered, r => r.Type!.Contains("libvirt", StringComparison.Ordinal) || r.Name!.StartsWith("host-storage", StringComparison.Ordinal));
        Assert.Contains("ADOPT=yes\n", (string)engine.Registered.Single(r => r.Name == "host-guest-win10").Inputs["stdin"], StringComparison.Ordinal);

        await Assert.ThrowsAsync<RunException>(() => RunAsync(Lab($"uuid: {uuid}"), $"domain\twin10\t{uuid}\trunning\tdisable\tyes\t\nguest\twin10\n{definition}\n"));
    }

    [Fact]
    public async Task The_UUID_follows_from_project_stack_and_name_and_is_an_output()
    {
        var host = await RunAsync(Lab());
        var uuid = GuestIdentity.Uuid("project/stack/host", Lab().Guests[0].Name).ToString();
        Assert.Equal(("win10", uuid), Assert.Single(await MockedEngine.ValueAsync(host.GuestUuids)) is var only ? (only.Key, only.Value) : default);
        Assert.Contains($"UUID={uuid}", (string)engine.Registered.Single(r => r.Name == "host-guest-win10").Inputs["stdin"], StringComparison.Ordinal);
        Assert.Equal("qemu+ssh://ops@gpu-host.internal/system", await MockedEngine.ValueAsync(host.LibvirtUri));
        Assert.Null(await MockedEngine.ValueAsync(host.Bridge));
    }

    [Fact]
    public void The_provider_can_neither_replace_nor_delete_the_domain()
    {
        var options = GuestDomains.Options(Lab().Guests[0]);
        Assert.True(options.Protect);
        Assert.True(options.RetainOnDelete);
        // Every input whose change replaces the domain (what the provider says of itself), and those by whose change it would start it.
        string[] changing = ["name", "description", "memory", "vcpu", "firmware", "nvram", "tpm", "graphics", "xml", "filesystems", "cmdlines", "consoles", "running", "autostart"];
        Assert.Empty(changing.Except(options.IgnoreChanges));
        Assert.False(GuestDomains.Options(Lab("protect: false").Guests[0]).Protect);
    }

    [Fact]
    public void A_connection_that_the_provider_cannot_make_is_an_error_with_its_remedy()
    {
        var connection = Lab().Connection with { Port = 2222, PrivateKeyFile = null, PrivateKey = "key", Password = "word", Proxy = new() { Host = "bastion", HostKey = HostKey } };
        var problems = LibvirtAddress.Problems(connection, embeddedEngine: false).ToList();
        Assert.Equal(
            ["machine.connection.port", "machine.connection.proxy", "machine.connection.password", "machine.connection.privateKey"],
            problems.Select(p => p.Path));
        Assert.All(problems, p => Assert.Contains("managedBy: command", p.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Another_port_than_22_is_no_problem_for_the_embedded_engine()
    {
        var connection = Lab().Connection with { Port = 2222 };
        Assert.Empty(LibvirtAddress.Problems(connection, embeddedEngine: true));
        Assert.StartsWith("qemu+ssh://ops@gpu-host.internal:2222/system?", LibvirtAddress.ForProvider(connection, "gpu-host.internal", HostKey, Repository.Root), StringComparison.Ordinal);
    }

    private static string KeyFile { get; } = MakeKeyFile();

    private static string MakeKeyFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"passthrough-wiring-{Environment.ProcessId}.key");
        File.WriteAllText(path, "not-a-real-key\n");
        return path;
    }

    private static MachineSpec Lab(string more = "tpm: true") => SpecReader.Read(Yaml.ToJson(
        $$"""
        connection: { host: gpu-host.internal, user: ops, hostKey: {{HostKey}}, privateKeyFile: {{KeyFile}} }
        devices:
          - { name: gpu, address: "01:00.0", id: "1234:1111" }
          - { name: gpu-audio, address: "01:00.1", id: "8086:293e" }
        acceptLoss: ["01:00.0"]
        guests:
          - name: win10
            type: qemu
            memory: 512MiB
            cpus: { cores: 2 }
            disk: { path: /var/lib/libvirt/images/win10.qcow2, size: 8GiB }
            {{more}}
        """));

    private Task<PassthroughHost> RunAsync(MachineSpec spec, string more = "")
    {
        engine.HostAnswers(Reading.Replace("\nend\n", "\nlibvirt\tyes\t9.0.0\tops\tyes\t\novmf\t/usr/share/OVMF/OVMF_CODE_4M.fd\novmf\t/usr/share/OVMF/OVMF_VARS_4M.fd\n" + more + "end\n", StringComparison.Ordinal));
        return engine.RunAsync(spec);
    }
}
