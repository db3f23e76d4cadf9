using System.Xml.Linq;
using PassthroughInfra.Engine.Providers.Libvirt;
using PassthroughInfra.Engine.Providers.Tests.Fixture;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>Domains on a real libvirt, here and over SSH.</summary>
public sealed class LibvirtDomainTests(PrivateLibvirt libvirt) : IClassFixture<PrivateLibvirt>, IAsyncLifetime
{
    private const string Uuid = "0d2f9a4e-7f0c-4a77-9f56-0123456789ab";

    // Passes on what is given, without the display and the machine's default devices that a bare emulator may not have, and with a UUID.
    private const string Sheet = """
        <xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
          <xsl:template match="node()|@*"><xsl:copy><xsl:apply-templates select="node()|@*"/></xsl:copy></xsl:template>
          <xsl:template match="graphics"/>
          <xsl:template match="name"><xsl:copy-of select="."/><uuid>0d2f9a4e-7f0c-4a77-9f56-0123456789ab</uuid></xsl:template>
        </xsl:stylesheet>
        """;

    private IProvider provider = null!;

    public async Task InitializeAsync() => provider = await new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", libvirt.Uri)), default);

    public async Task DisposeAsync() => await provider.DisposeAsync();

    private static PropertyMap Inputs(string name) => PropertyMap.Of(
        ("name", name), ("type", "qemu"), ("machine", "q35"), ("memory", 64.0), ("xml", PropertyMap.Of(("xslt", Sheet))));

    /// <summary>A domain whose stylesheet adds a device.</summary>
    private static PropertyMap WithDevice(string name, string device)
    {
        const string end = "</xsl:stylesheet>";
        var adding = $"<xsl:template match='devices'><devices><xsl:apply-templates select='node()'/>{device}</devices></xsl:template>{end}";
        return Inputs(name).With("xml", PropertyMap.Of(("xslt", Sheet.Replace(end, adding, StringComparison.Ordinal))));
    }

    private static string Disk(string path) => $"<disk type='file' device='disk'><source file='{path}'/><target dev='vda' bus='virtio'/></disk>";

    /// <summary>A raw disk that QEMU, as whoever libvirt runs as, may write to.</summary>
    private string MakeDisk(string name)
    {
        var path = Path.Combine(libvirt.Root, name);
        File.WriteAllBytes(path, new byte[1 << 20]);
        File.SetUnixFileMode(path, (UnixFileMode)0x1B6);
        return path;
    }

    private static ResourceContext Context(bool isPreview = false) => new("urn:pulumi:test::test::libvirt:index/domain:Domain::guest", DomainResource.Type, "guest", isPreview, null, new RecordingLog(), default);

    private async Task<PropertyMap> CheckedAsync(PropertyMap inputs, PropertyMap? old = null)
    {
        var result = await provider.CheckAsync(new(Context(), old, inputs), default);
        Assert.Empty(result.Failures);
        return result.Inputs;
    }

    private async Task<CreateResult> CreateAsync(PropertyMap inputs) => await provider.CreateAsync(new(Context(), await CheckedAsync(inputs)), default);

    private async Task DeleteAsync(CreateResult created) => await provider.DeleteAsync(new(Context(), created.Id, PropertyMap.Empty, created.Outputs), default);

    private string State(string id) => libvirt.Virsh("domstate", id).Trim();

    [Fact]
    public async Task Create_defines_what_the_stylesheet_makes_starts_it_and_delete_ends_and_removes_it()
    {
        var created = await CreateAsync(Inputs("made").With("autostart", true));
        Assert.Equal(Uuid, created.Id);
        Assert.Equal("running", State("made"));
        var live = XDocument.Parse(libvirt.Virsh("dumpxml", "made")).Root!;
        Assert.Equal("qemu", live.Attribute("type")!.Value);
        Assert.StartsWith("pc-q35", live.Element("os")!.Element("type")!.Attribute("machine")!.Value, StringComparison.Ordinal);
        Assert.Equal("65536", live.Element("memory")!.Value);
        Assert.Null(live.Element("devices")!.Element("graphics"));
        Assert.Equal(("made", 64.0, 1.0, "x86_64", "q35"), (created.Outputs.GetString("name"), created.Outputs.GetNumber("memory"), created.Outputs.GetNumber("vcpu"), created.Outputs.GetString("arch"), created.Outputs.GetString("machine")));
        Assert.Equal((true, true), (created.Outputs.GetBool("autostart"), created.Outputs.GetBool("running")));
        await DeleteAsync(created);
        Assert.DoesNotContain("made", libvirt.Virsh("list", "--all", "--name"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_is_not_to_run_is_started_and_stopped_again()
    {
        var created = await CreateAsync(Inputs("still").With("running", false));
        Assert.Equal("shut off", State("still"));
        Assert.False(created.Outputs.GetBool("running"));
        await DeleteAsync(created);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_the_definition_and_says_so()
    {
        var error = await Assert.ThrowsAsync<ProviderException>(() => CreateAsync(WithDevice("orphan", Disk($"{libvirt.Root}/no-such-disk"))));
        Assert.Contains("could not start the domain orphan", error.Message, StringComparison.Ordinal);
        Assert.Contains("virsh undefine", error.Message, StringComparison.Ordinal);
        Assert.Equal("shut off", State("orphan"));
        libvirt.Virsh("undefine", "orphan");
    }

    [Fact]
    public async Task A_disk_that_is_no_volume_of_an_active_pool_fails_the_creation_and_the_domain_runs()
    {
        var disk = MakeDisk("loose");
        var error = await Assert.ThrowsAsync<PartialCreationException>(() => CreateAsync(WithDevice("loose", Disk(disk)).With("running", false)));
        Assert.StartsWith("error retrieving volume for disk: Storage volume not found: no storage vol with matching path", error.Message, StringComparison.Ordinal);
        Assert.Contains(disk, error.Message, StringComparison.Ordinal);
        Assert.Contains("virsh pool-refresh", error.Message, StringComparison.Ordinal);
        Assert.Equal((Uuid, "loose", true), (error.Id, error.Outputs.GetString("name"), error.Outputs.GetBool("running")));
        Assert.Equal("running", State("loose"));
        // The next run updates it, which asks for no volume; a refresh does.
        var inputs = await CheckedAsync(WithDevice("loose", Disk(disk)));
        await provider.UpdateAsync(new(Context(), Uuid, inputs, error.Outputs, inputs, []), default);
        await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(new(Context(), Uuid, inputs, error.Outputs), default));
        libvirt.Virsh("destroy", "loose");
        await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(new(Context(), Uuid, inputs, error.Outputs), default));
        libvirt.Virsh("undefine", "loose");
    }

    [Fact]
    public async Task A_pool_knows_a_disk_from_when_it_is_refreshed_until_it_is_stopped()
    {
        var pool = Path.Combine(libvirt.Root, "disks");
        Directory.CreateDirectory(pool);
        libvirt.Virsh("pool-define-as", "disks", "dir", "--target", pool);
        libvirt.Virsh("pool-start", "disks");
        var disk = MakeDisk("disks/late");
        var error = await Assert.ThrowsAsync<PartialCreationException>(() => CreateAsync(WithDevice("late", Disk(disk))));
        libvirt.Virsh("pool-refresh", "disks");
        Assert.NotNull(await provider.ReadAsync(new(Context(), error.Id, PropertyMap.Empty, error.Outputs), default));
        libvirt.Virsh("destroy", "late");
        libvirt.Virsh("undefine", "late");

        // A CD-ROM, an empty one too, is not looked up.
        var created = await CreateAsync(WithDevice("late", Disk(disk) + "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>").With("running", false));
        Assert.Equal("shut off", State("late"));
        libvirt.Virsh("pool-destroy", "disks");
        await Assert.ThrowsAsync<ProviderException>(() => provider.ReadAsync(new(Context(), created.Id, PropertyMap.Empty, created.Outputs), default));
        await DeleteAsync(created);
        libvirt.Virsh("pool-undefine", "disks");
    }

    [Fact]
    public async Task An_update_changes_autostart_and_starts_what_is_stopped()
    {
        var created = await CreateAsync(Inputs("woken"));
        libvirt.Virsh("destroy", "woken");
        var old = await CheckedAsync(Inputs("woken"));
        var outputs = await provider.UpdateAsync(new(Context(), created.Id, old, created.Outputs, await CheckedAsync(Inputs("woken").With("autostart", true)), []), default);
        Assert.Equal("running", State("woken"));
        Assert.Contains("enable", libvirt.Virsh("dominfo", "woken"), StringComparison.Ordinal);
        Assert.True(outputs.GetBool("autostart"));
        await DeleteAsync(created);
    }

    [Fact]
    public async Task A_refresh_sees_a_changed_definition_and_a_domain_that_is_gone()
    {
        var created = await CreateAsync(Inputs("seen"));
        libvirt.Virsh("destroy", "seen");
        libvirt.Virsh("setmaxmem", "seen", "128M", "--config");
        var inputs = await CheckedAsync(Inputs("seen"));
        var read = await provider.ReadAsync(new(Context(), created.Id, inputs, created.Outputs), default);
        Assert.Equal((128.0, false), (read!.Outputs.GetNumber("memory"), read.Outputs.GetBool("running")));
        Assert.Equal(128.0, read.Inputs.GetNumber("memory"));
        Assert.Equal(inputs.Keys, read.Inputs.Keys);
        libvirt.Virsh("undefine", "seen");
        Assert.Null(await provider.ReadAsync(new(Context(), created.Id, inputs, created.Outputs), default));
        // What is not there cannot be deleted: the official provider has it so.
        Assert.Contains("`refresh`", (await Assert.ThrowsAsync<ProviderException>(() => DeleteAsync(created))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_asks_nothing_and_knows_what_was_given()
    {
        await using var unconnected = await new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", PropertyValue.Unknown)), default);
        var inputs = await CheckedAsync(Inputs("later"));
        var created = await unconnected.CreateAsync(new(Context(isPreview: true), inputs), default);
        Assert.Equal("", created.Id);
        Assert.Equal(("later", PropertyValue.Unknown), (created.Outputs.GetString("name"), created.Outputs["emulator"]));
        var given = Inputs("later");
        Assert.Equal(given, (await unconnected.CheckAsync(new(Context(true), null, given), default)).Inputs);
        // What cannot be asked is shown as an update.
        Assert.True((await unconnected.DiffAsync(new(Context(true), "id", inputs, created.Outputs, inputs), default)).IsUnknown);
        await Assert.ThrowsAsync<ProviderException>(() => unconnected.CreateAsync(new(Context(), inputs), default));
    }

    [Fact]
    public async Task Over_ssh_it_does_the_same_with_the_key_and_known_hosts_of_the_uri()
    {
        using var sshd = new LoopbackSshd().Start();
        File.WriteAllText($"{sshd.Directory}/known", $"[127.0.0.1]:{sshd.Port} {sshd.HostKeyLine}\n");
        var uri = $"qemu+ssh://{Environment.UserName}@127.0.0.1:{sshd.Port}/session?socket={libvirt.Socket}&keyfile={sshd.UserKeyPath}&knownhosts={sshd.Directory}/known";
        await using var remote = await new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", uri)), default);
        var created = await remote.CreateAsync(new(Context(), await CheckedAsync(Inputs("afar"))), default);
        Assert.Equal("running", State("afar"));
        await remote.DeleteAsync(new(Context(), created.Id, PropertyMap.Empty, created.Outputs), default);
        Assert.Equal(1, sshd.Logins);
    }

    [Fact]
    public async Task Over_ssh_a_host_that_is_not_known_is_refused_unless_the_uri_says_not_to_look()
    {
        using var sshd = new LoopbackSshd().Start();
        File.WriteAllText($"{sshd.Directory}/known", "elsewhere ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n");
        var uri = $"qemu+ssh://{Environment.UserName}@127.0.0.1:{sshd.Port}/session?socket={libvirt.Socket}&keyfile={sshd.UserKeyPath}";
        var error = await Assert.ThrowsAsync<ProviderException>(() => new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", $"{uri}&knownhosts={sshd.Directory}/known")), default));
        Assert.Contains($"{sshd.Directory}/known does not have", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, sshd.Logins);
        await using var any = await new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", $"{uri}&no_verify=1")), default);
    }

    [Fact]
    public async Task Over_ssh_a_host_with_an_ed25519_key_is_known_by_no_other_as_with_the_official_provider()
    {
        using var keys = new LoopbackSshd();
        var ecdsa = Keys.Make($"{keys.Directory}/host_ecdsa", "ecdsa");
        using var sshd = new LoopbackSshd($"HostKey {ecdsa}").Start();
        File.WriteAllText($"{sshd.Directory}/known", $"[127.0.0.1]:{sshd.Port} {File.ReadAllText(ecdsa + ".pub")}");
        var uri = $"qemu+ssh://{Environment.UserName}@127.0.0.1:{sshd.Port}/session?socket={libvirt.Socket}&keyfile={sshd.UserKeyPath}&knownhosts={sshd.Directory}/known";
        var error = await Assert.ThrowsAsync<ProviderException>(() => new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", uri)), default));
        Assert.Contains($"another one than {sshd.Directory}/known has for it", error.Message, StringComparison.Ordinal);
        Assert.Contains("its ed25519 one first", error.Message, StringComparison.Ordinal);
        File.AppendAllText($"{sshd.Directory}/known", $"[127.0.0.1]:{sshd.Port} {sshd.HostKeyLine}\n");
        await using var known = await new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", uri)), default);
        Assert.Equal(1, sshd.Logins);
    }

    [Fact]
    public async Task A_libvirt_that_does_not_answer_is_an_error_at_once()
    {
        var error = await Assert.ThrowsAsync<ProviderException>(() => new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Of(("uri", "qemu+unix:///session?socket=/no/such/socket")), default));
        Assert.Contains("/no/such/socket", error.Message, StringComparison.Ordinal);
        Assert.Contains("Is libvirtd running", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_is_refused_with_the_way_to_have_it()
    {
        var error = await Assert.ThrowsAsync<ProviderException>(async () =>
            await provider.InvokeAsync(new("libvirt:index/getNodeInfo:getNodeInfo", PropertyMap.Empty, true, new RecordingLog(), default), default));
        Assert.Contains("no function 'libvirt:index/getNodeInfo:getNodeInfo'", error.Message, StringComparison.Ordinal);
        Assert.Contains("pulumi CLI", error.Message, StringComparison.Ordinal);
    }
}
