using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>The machine a stack file describes.</summary>
internal static class StackMachine
{
    // What the program stacks/Machine calls its host: the guest's UUID and MAC addresses follow from it.
    private const string Component = "host";

    /// <summary>Reads it; secrets are decrypted only where it holds some.</summary>
    /// <exception cref="EngineException">The stack file has no machine, or a secret cannot be decrypted.</exception>
    /// <exception cref="SpecException">The machine's description has errors.</exception>
    public static MachineSpec Read(Stack stack)
    {
        var key = $"{stack.Workspace.Project.Name}:{SpecReader.Root}";
        return stack.Settings.Resolve(stack.Secrets.DecryptText).Values.TryGetValue(key, out var json)
            ? Pin(SpecReader.Read(json), stack.Workspace.Project.Name, stack.Name)
            : throw new EngineException($"Stack '{stack.Name}' describes no machine: {stack.Settings.File} has no {key}.");
    }

    /// <summary>A machine with its guest's identity written out, as the stack's program does it.</summary>
    public static MachineSpec Pin(MachineSpec spec, string project, string stack) => GuestIdentity.Pin(spec, $"{project}/{stack}/{Component}");
}
