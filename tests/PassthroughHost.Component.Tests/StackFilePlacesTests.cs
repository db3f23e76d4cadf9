using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;

namespace PassthroughInfra.Component.Tests;

/// <summary>The line and column of an error in the stack file.</summary>
public sealed class StackFilePlacesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stack-file").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("machine.boot.rebootTimeoutSeconds", "8:35")]
    [InlineData("machine.boot.speed", "9:7")]
    [InlineData("machine.devices[1].id", "7:9")]
    [InlineData("machine.devices[1].address", "7:33")]
    [InlineData("machine.iommu", "10:11")]
    [InlineData("machine.connection.host", "4:17")]
    public void An_error_has_the_place_of_its_value_or_of_the_map_that_lacks_it(string path, string place)
    {
        var file = Write(
            """
            # A comment.
            config:
              passthrough-infra:machine:
                connection: { hostKey: insecure-accept-any }
                devices:
                  - { name: gpu, address: "01:00.0", id: "10de:1f82" }
                  - { name: gpu-2, address: [] }
                boot: { rebootTimeoutSeconds: soon,
                  speed: 9 }
                iommu:    # a word
            """);
        var errors = Errors(file, SpecReader.Root);
        Assert.Equal($"Pulumi.x.yaml:{place}", errors.Single(e => e.Path == path).Place);
        Assert.All(errors, e => Assert.StartsWith($"{e.Path} ({e.Place}): ", e.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_guest_under_its_former_key_is_told_the_new_one_at_the_key_itself()
    {
        var file = Write(
            """
            config:
              passthrough-infra:machine:
                connection: { host: h, hostKey: insecure-accept-any }
                guest:
                  name: win10
                  memory: 1GiB
            """);
        var error = Assert.Single(Errors(file, SpecReader.Root));
        Assert.Equal(("machine.guest", "Pulumi.x.yaml:4:5", "is a list now, under another key"), (error.Path, error.Place, error.Problem));
        Assert.StartsWith("write it as an entry of guests; for example guests: [{ name: \"win10\", … }]", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_machine_of_a_fleet_has_from_the_defaults_is_there()
    {
        var file = Write(
            """
            config:
              passthrough-infra:fleet:
                defaults:
                  connection: { user: 5, hostKey: insecure-accept-any }
                machines:
                  rack1: { connection: { host: 7 } }
            """);
        Assert.Equal(
            [("fleet.machines.rack1.connection.host", "Pulumi.x.yaml:6:36"), ("fleet.machines.rack1.connection.user", "Pulumi.x.yaml:4:27")],
            Errors(file, FleetReader.Root).Select(e => (e.Path, e.Place)).Order());
    }

    [Theory]
    [InlineData("config: {}")]
    [InlineData("config: { passthrough-infra:machine: { connection: [ }")]
    [InlineData("")]
    public void A_file_that_does_not_have_it_changes_nothing(string content)
    {
        var e = Assert.Throws<SpecException>(() => SpecReader.Read("{}"));
        Assert.Equal(e.Message, StackFilePlaces.AddFrom(Write(content), e, "passthrough-infra", SpecReader.Root).Message);
        Assert.Equal(e.Message, StackFilePlaces.AddFrom(Path.Combine(_folder, "none.yaml"), e, "passthrough-infra", SpecReader.Root).Message);
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "Pulumi.x.yaml");
        File.WriteAllText(file, text);
        return file;
    }

    private static IReadOnlyList<SpecError> Errors(string file, string root)
    {
        using var document = System.Text.Json.JsonDocument.Parse(Yaml.ToJson(File.ReadAllText(file)));
        var value = document.RootElement.GetProperty("config").GetProperty($"passthrough-infra:{root}");
        var e = Assert.Throws<SpecException>(() =>
        {
            if (root == FleetReader.Root)
            {
                FleetReader.Read(value);
            }
            else
            {
                SpecReader.Read(value);
            }
        });
        return StackFilePlaces.AddFrom(file, e, "passthrough-infra", root).Errors;
    }
}
