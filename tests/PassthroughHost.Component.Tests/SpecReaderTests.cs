using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

public sealed class SpecReaderTests
{
    private const string Connection = "connection: { host: gpu-host.internal, hostKey: insecure-accept-any }\n";

    [Fact]
    public void A_connection_alone_is_enough_and_the_rest_has_defaults()
    {
        var spec = Read(Connection);
        Assert.Equal(("root", 22, IommuKind.Auto), (spec.Connection.User, spec.Connection.Port, spec.Iommu));
        Assert.Empty(spec.Devices);
    }

    [Theory]
    [InlineData("devicess: []", "machine.devicess", "did you mean \"devices\"")]
    [InlineData("devices: [{ name: gpu, adress: '01:00.0', id: '10de:1f82' }]", "machine.devices[0].adress", "did you mean \"address\"")]
    [InlineData("devices: [{ name: gpu, address: '1:0', id: '10de:1f82' }]", "machine.devices[0].address", "01:00.0")]
    [InlineData("devices: [{ name: gpu, address: '01:00.0', id: '10de-1f82' }]", "machine.devices[0].id", "10de:1f82")]
    [InlineData("devices: [{ name: gpu, address: 60.0, id: '10de:1f82' }]", "machine.devices[0].address", "in quotes")]
    [InlineData("devices: [{ name: gpu, address: '01:00.0' }]", "machine.devices[0].id", "needed here")]
    [InlineData("devices: [{ name: a, address: '01:00.0', id: '10de:1f82' }, { name: b, address: '0000:01:00.0', id: '10de:1f82' }]", "machine.devices[1].address", "once")]
    [InlineData("devices: [{ name: a, address: '01:00.0', id: '10de:1f82' }, { name: a, address: '01:00.1', id: '10de:1f83' }]", "machine.devices[1].name", "of its own")]
    [InlineData("iommu: via", "machine.iommu", "auto, intel, amd")]
    [InlineData("hugePages: { total: 5 }", "machine.hugePages.total", "known here: size, count")]
    [InlineData("boot: { kernelArguments: ['a b'] }", "machine.boot.kernelArguments[0]", "one argument")]
    [InlineData("boot: { rebootTimeoutSeconds: soon }", "machine.boot.rebootTimeoutSeconds", "")]
    [InlineData("boot: { reboot: true }", "machine.boot.reboot", "true is written always now")]
    [InlineData("boot: { reboot: false }", "machine.boot.reboot", "false is written never now")]
    [InlineData("boot: { reboot: sometimes }", "machine.boot.reboot", "whenIdle, always, never")]
    [InlineData("packages: { extra: ['rm -rf'] }", "machine.packages.extra[0]", "package name")]
    public void A_mistake_is_named_with_its_place_its_value_and_a_remedy(string line, string path, string hint)
    {
        var e = Assert.Throws<SpecException>(() => Read(Connection + line));
        Assert.Contains(e.Errors, error => error.Path == path);
        Assert.Contains(hint, e.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was touched", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection: { host: h }", "machine.connection.hostKey")]
    [InlineData("connection: { hostKey: insecure-accept-any }", "machine.connection.host")]
    [InlineData("connection: { host: 'h; reboot', hostKey: insecure-accept-any }", "machine.connection.host")]
    [InlineData("connection: { host: h, user: '$(id)', hostKey: insecure-accept-any }", "machine.connection.user")]
    [InlineData("connection: { host: h, port: 70000, hostKey: insecure-accept-any }", "machine.connection.port")]
    [InlineData("connection: { host: h, hostKey: trust-me }", "machine.connection.hostKey")]
    [InlineData("devices: []", "machine.connection")]
    public void A_connection_that_cannot_be_meant_is_refused(string yaml, string path)
    {
        var e = Assert.Throws<SpecException>(() => Read(yaml));
        Assert.Contains(e.Errors, error => error.Path == path);
    }

    [Fact]
    public void All_mistakes_of_one_kind_are_told_at_once()
    {
        var e = Assert.Throws<SpecException>(() => Read(Connection + "colour: red\nboot: { speed: 9 }"));
        Assert.Equal(["machine.boot.speed", "machine.colour"], e.Errors.Select(x => x.Path).Order(StringComparer.Ordinal));
    }

    private static MachineSpec Read(string yaml) => SpecReader.Read(Yaml.ToJson(yaml));
}
