namespace Pulumi.Testing;

/// <summary>The stack of a program under test that is a function. It is not among the resources the test gets.</summary>
internal sealed class TestStack : Stack
{
    public TestStack(Func<IDictionary<string, object?>> program) => ProgramOutputs = program();

    /// <summary>What the program returned. These are the test's; the stack itself registers none.</summary>
    public IDictionary<string, object?> ProgramOutputs { get; }
}
