using System.Net.Sockets;
using System.Xml.Linq;
using PassthroughInfra.Engine.Providers.Libvirt;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Tests;

/// <summary>What is decided about a domain before any libvirt is asked.</summary>
public sealed class LibvirtInputTests
{
    private static readonly HostCapabilities Capabilities = new(XDocument.Parse("""
        <capabilities><host><cpu><arch>x86_64</arch></cpu></host>
        <guest><os_type>hvm</os_type><arch name='x86_64'><emulator>/usr/bin/qemu-system-x86_64</emulator>
        <machine canonical='pc-i440fx-7.2'>pc</machine><machine>pc-i440fx-7.2</machine><machine canonical='pc-q35-7.2'>q35</machine></arch></guest></capabilities>
        """));

    private static PropertyMap Check(PropertyMap inputs, PropertyMap? old = null)
    {
        var problems = new List<CheckProblem>();
        var result = DomainInputs.Check(old, inputs, "guest", problems);
        Assert.Empty(problems);
        return result;
    }

    private static IEnumerable<string> Problems(PropertyMap inputs)
    {
        var problems = new List<CheckProblem>();
        DomainInputs.Check(null, inputs, "guest", problems);
        return problems.Select(p => p.Property);
    }

    private static XElement Document(PropertyMap inputs) => DomainDocument.Make(Check(inputs), Capabilities).Root!;

    private static PropertyMap Map(params ReadOnlySpan<(string, PropertyValue)> entries) => PropertyMap.Of(entries);

    [Fact]
    public void Defaults_are_those_of_the_official_provider_and_marked_as_such()
    {
        var inputs = Check(Map(("name", "win10")));
        Assert.Equal((512.0, 1.0, true, "kvm"), (inputs.GetNumber("memory"), inputs.GetNumber("vcpu"), inputs.GetBool("running"), inputs.GetString("type")));
        Assert.Equal(["coreosIgnition", "fwCfgName", "memory", "running", "type", "vcpu"], inputs.GetList("__defaults")!.Items.Select(i => i.AsString));
    }

    [Fact]
    public void A_name_is_made_once_and_then_kept()
    {
        var first = Check(PropertyMap.Empty);
        Assert.Matches("^guest-[0-9a-f]{7}$", first.GetString("name"));
        Assert.Equal(first, Check(PropertyMap.Empty, first));
        Assert.NotEqual(first.GetString("name"), Check(PropertyMap.Empty).GetString("name"));
    }

    [Theory]
    [InlineData("memory", true)]
    [InlineData("vcpu", true)]
    [InlineData("description", true)]
    [InlineData("firmware", true)]
    [InlineData("machine", false)]
    [InlineData("autostart", false)]
    public void Some_changes_replace_and_with_a_chosen_name_that_deletes_first(string key, bool replaces)
    {
        var old = Check(Map(("name", "win10")));
        PropertyValue value = key is "memory" or "vcpu" ? 2048.0 : key == "autostart" ? true : "other";
        var diff = DomainInputs.Diff(old, Check(Map(("name", "win10"), (key, value))));
        Assert.Equal(key, Assert.Single(diff.Changes).Path.ToString());
        Assert.Equal(replaces, diff.ReplaceKeys.Length > 0);
        Assert.True(diff.DeleteBeforeReplace);
        Assert.False(DomainInputs.Diff(old, Check(PropertyMap.Empty)).DeleteBeforeReplace);
    }

    [Fact]
    public void A_space_in_the_stylesheet_replaces_and_what_the_bridge_notes_does_not()
    {
        var old = Check(Map(("name", "g"), ("xml", Map(("xslt", "<a/>")))));
        Assert.NotEmpty(DomainInputs.Diff(old, Check(Map(("name", "g"), ("xml", Map(("xslt", "<a />")))))).ReplaceKeys);
        var ofTheBridge = old.With("__defaults", PropertyValue.List("x")).With("xml", Map(("__defaults", PropertyValue.List()), ("xslt", "<a/>")));
        Assert.Empty(DomainInputs.Diff(ofTheBridge, old).Changes);
    }

    [Fact]
    public void A_default_that_stands_for_nothing_is_no_difference_whoever_wrote_the_state()
    {
        var now = Check(Map(("name", "g"), ("xml", Map(("xslt", "<a/>")))));
        Assert.Equal(("", PropertyValue.List()), (now.GetString("coreosIgnition"), now.GetMap("xml")!.Get("__defaults")));
        var without = now.Without("coreosIgnition").Without("fwCfgName").Without("__defaults");
        Assert.Empty(DomainInputs.Diff(without, now).Changes);
        Assert.Empty(DomainInputs.Diff(now, without).Changes);
        Assert.Equal(["coreosIgnition"], Problems(Map(("coreosIgnition", "{}"))));
    }

    [Fact]
    public void What_is_wrong_or_not_offered_is_named()
    {
        Assert.Equal(["memroy"], Problems(Map(("memroy", 1.0))));
        Assert.Equal(["memory", "vcpu"], Problems(Map(("memory", 0.0), ("vcpu", "two"))));
        Assert.Equal(["xml.xslt"], Problems(Map(("xml", Map(("xslt", "<a>"))))));
        Assert.Equal(["disks", "tpm"], Problems(Map(("disks", PropertyValue.List(Map(("file", "/d/a.qcow2")))), ("tpm", Map(("backendVersion", "2.0"))))));
        Assert.Empty(Problems(Map(("memory", PropertyValue.Unknown), ("xml", PropertyValue.Unknown))));
    }

    [Fact]
    public void The_bare_document_has_the_official_defaults()
    {
        var expected = XElement.Parse("""
            <domain type="kvm"><name>g</name><memory unit="MiB">512</memory><vcpu>1</vcpu><os><type arch="x86_64" machine="pc-i440fx-7.2">hvm</type></os>
            <features><pae/><acpi/><apic/></features><cpu/><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel><graphics type="spice" autoport="yes"/>
            <rng model="virtio"><backend model="random">/dev/urandom</backend></rng></devices></domain>
            """);
        Assert.Equal(expected.ToString(), Document(Map(("name", "g"))).ToString());
    }

    [Fact]
    public void The_full_document_has_what_was_given()
    {
        var document = Document(Map(
            ("name", "g"), ("description", "a guest"), ("memory", 4096.0), ("vcpu", 4.0), ("machine", "q35"), ("firmware", "/fw/code.fd")));
        var expected = XElement.Parse("""
            <domain type="kvm"><name>g</name><description>a guest</description><memory unit="MiB">4096</memory><vcpu>4</vcpu>
            <os><type arch="x86_64" machine="pc-q35-7.2">hvm</type><loader readonly="yes" secure="no" type="pflash">/fw/code.fd</loader></os>
            <features><pae/><acpi/><apic/></features><cpu/><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
            <channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>
            <graphics type="spice" autoport="yes"/>
            <rng model="virtio"><backend model="random">/dev/urandom</backend></rng></devices></domain>
            """);
        Assert.Equal(expected.ToString(), document.ToString());
    }

    [Fact]
    public void An_architecture_without_an_emulator_is_an_error() =>
        Assert.Contains("riscv64", Assert.Throws<ProviderException>(() => Document(Map(("name", "g"), ("arch", "riscv64")))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("qemu:///system", "qemu:///system", null)]
    [InlineData("qemu+unix:///session?socket=/a/b", "qemu+unix:///session?socket=/a/b", null)]
    [InlineData("qemu+ssh://ops@gpu-host.internal/system?no_verify=1&sshauth=agent", "qemu:///system", "ops@gpu-host.internal:22")]
    [InlineData("qemu+ssh://ops@127.0.0.1:2222/session?no_verify=1&sshauth=agent&socket=/run/a%20b", "qemu+unix:///session?socket=%2Frun%2Fa%20b", "ops@127.0.0.1:2222")]
    [InlineData("qemu+ssh://ops@[::1]:2222/system?no_verify=1&sshauth=agent", "qemu:///system", "ops@::1:2222")]
    public void A_uri_says_which_machine_and_which_libvirt_on_it(string uri, string local, string? host)
    {
        var parsed = LibvirtUri.Parse(uri);
        Assert.Equal((local, host), (parsed.Local, parsed.Host?.ToString()));
        Assert.Equal(host is null ? null : 0, parsed.Host?.DialErrorLimit);
    }

    [Fact]
    public void What_a_stylesheet_makes_is_what_xsltproc_makes_of_it()
    {
        const string sheet = """
            <xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output omit-xml-declaration="yes"/>
              <xsl:template match="/"><domain type="kvm"><name>g</name><metadata><p:host xmlns:p="https://example/p">a {{b}} &amp; "c" ü</p:host></metadata><os a="{{x}}"/></domain></xsl:template>
            </xsl:stylesheet>
            """;
        var document = new XDocument(new XElement("domain", new XElement("name", "g")));
        var directory = Directory.CreateTempSubdirectory("sheet-");
        File.WriteAllText(Path.Combine(directory.FullName, "sheet"), sheet);
        document.Save(Path.Combine(directory.FullName, "document"));
        using var xsltproc = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("xsltproc", ["sheet", "document"])
        {
            WorkingDirectory = directory.FullName,
            RedirectStandardOutput = true,
        })!;
        var expected = xsltproc.StandardOutput.ReadToEnd();
        directory.Delete(recursive: true);
        Assert.Equal(XElement.Parse(expected).ToString(), XElement.Parse(Stylesheet.Apply(sheet, document)).ToString());
    }

    [Theory]
    [InlineData("$HOME/known", "{0}/known")]
    [InlineData("${HOME}/a b", "{0}/a b")]
    [InlineData("/k/$NO_SUCH_VARIABLE/known", "/k//known")]
    [InlineData("/k/5$", "/k/5$")]
    public void Variables_in_the_path_of_known_hosts_are_the_engines(string path, string expanded)
    {
        var home = Environment.GetEnvironmentVariable("HOME")!;
        var parsed = LibvirtUri.Parse($"qemu+ssh://h/system?sshauth=agent&knownhosts={Uri.EscapeDataString(path)}");
        Assert.Equal(expanded.Replace("{0}", home, StringComparison.Ordinal), parsed.Host!.KnownHostsPath);
    }

    [Theory]
    [InlineData("$HOME")]
    [InlineData("~")]
    public void A_key_is_found_from_the_home_directory(string home)
    {
        var name = $".libvirt-input-test-{Guid.NewGuid():N}";
        var file = Path.Combine(Environment.GetEnvironmentVariable("HOME")!, name);
        File.WriteAllText(file, "a key");
        try
        {
            Assert.Equal("a key", LibvirtUri.Parse($"qemu+ssh://h/system?no_verify=1&sshauth=privkey&keyfile={Uri.EscapeDataString($"{home}/{name}")}").Host!.PrivateKey);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData("", false, true)]
    [InlineData("&sshauth=privkey", true, true)]
    [InlineData("&sshauth=privkey,agent", true, true)]
    public void Where_an_agent_answers_a_key_file_counts_only_if_it_is_named_first(string ways, bool answers, bool isKey)
    {
        var directory = Directory.CreateTempSubdirectory("agent-");
        var (agent, key) = (Path.Combine(directory.FullName, "agent"), Path.Combine(directory.FullName, "key"));
        File.WriteAllText(key, "a key");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(agent));
        if (answers)
            listener.Listen();
        Assert.Equal(isKey ? "a key" : null, LibvirtUri.Parse($"qemu+ssh://h/system?no_verify=1&keyfile={key}{ways}", agent).Host!.PrivateKey);
        directory.Delete(recursive: true);
    }

    [Fact]
    public void Without_a_key_an_agent_that_sshauth_rules_out_is_not_asked() => Assert.Contains(
        "nothing to log in with",
        Assert.Throws<ProviderException>(() => LibvirtUri.Parse("qemu+ssh://h/system?no_verify=1&sshauth=ssh-password", "/agent")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("nonsense", "is none")]
    [InlineData("qemu+ssh:///system", "has no host")]
    [InlineData("qemu+ssh://h/system?keyfiel=/k", "'keyfiel'")]
    [InlineData("qemu+ssh://h/system?keyfile=/no/such/key", "/no/such/key")]
    public void A_uri_that_cannot_be_used_is_an_error_that_names_what_is_wrong(string uri, string expected) =>
        Assert.Contains(expected, Assert.Throws<ProviderException>(() => LibvirtUri.Parse(uri)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_provider_without_a_uri_is_an_error()
    {
        var error = await Assert.ThrowsAsync<ProviderException>(() => new LibvirtProviderFactory().ConfigureAsync(PropertyMap.Empty, default));
        Assert.Contains("qemu:///system", error.Message, StringComparison.Ordinal);
    }
}
