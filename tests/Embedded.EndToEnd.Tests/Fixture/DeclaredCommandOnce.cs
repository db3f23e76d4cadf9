using PassthroughInfra.EndToEnd.Program;

namespace PassthroughInfra.EndToEnd.Tests.Fixture;

/// <summary>A local command that leaves a line in a log each time it is created or deleted.</summary>
internal sealed record DeclaredCommandOnce(string Directory)
{
    public DeclaredCommand Command => new() { Name = "once", Local = true, Create = $"echo created >> {Directory}/log", Delete = $"echo deleted >> {Directory}/log" };
}
