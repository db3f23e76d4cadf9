using Google.Protobuf.WellKnownTypes;
using PassthroughInfra.Embedded.Sdk.Tests.Harness;
using PassthroughInfra.Embedded.Sdk.Tests.Programs;

namespace PassthroughInfra.Embedded.Sdk.Tests;

/// <summary>
/// What a program says to an engine, call by call, against expectations that were checked against calls recorded from the
/// official SDK 3.112.
/// </summary>
[Collection(EngineRun.Name)]
public sealed class WireTests
{
    [Theory]
    [InlineData("gpu-vm", true)]
    [InlineData("gpu-vm", false)]
    [InlineData("shapes", true)]
    [InlineData("shapes", false)]
    public async Task A_program_makes_the_same_calls_as_with_the_official_sdk(string program, bool preview)
    {
        await using var engine = await FakeEngine.StartAsync(preview);
        engine.Outputs["command:remote:Command"] = Text("stdout", "bound");
        engine.Results["libvirt:index/getNodeDeviceInfo:getNodeDeviceInfo"] = Text("path", "/sys/devices/x");
        engine.OnInvoke = static request => request.Tok == "pulumi:pulumi:getResource"
            ? new() { Return = new Struct { Fields = { ["urn"] = request.Args.Fields["urn"], ["id"] = Value.ForString("x"), ["state"] = Value.ForStruct(new Struct()) } } }
            : null;

        var exitCode = await EngineRun.OfAsync(engine, program == "shapes" ? Shapes.RunAsync : GpuVm.RunAsync);

        Assert.Equal(0, exitCode);
        var expected = await File.ReadAllLinesAsync(
            Path.Combine(AppContext.BaseDirectory, "expectations", $"{program}-{(preview ? "preview" : "up")}.txt"));
        Calls.AssertSame(expected, engine.Calls);
    }

    private static Struct Text(string name, string value) => new() { Fields = { [name] = Value.ForString(value) } };
}
