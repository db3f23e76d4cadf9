using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>The machine a stack file describes.</summary>
internal static class StackMachine
{
    /// <summary>Reads it; secrets are decrypted only where it holds some.</summary>
    /// <exception cref="EngineException">The stack file has no machine, or a secret cannot be decrypted.</exception>
    /// <exception cref="SpecException">The machine's description has errors.</exception>
    public static MachineSpec Read(Stack stack)
    {
        var key = $"{stack.Workspace.Project.Name}:{SpecReader.Root}";
        return stack.Settings.Resolve(stack.Secrets.DecryptText).Values.TryGetValue(key, out var json)
            ? SpecReader.Read(json)
            : throw new EngineException($"Stack '{stack.Name}' describes no machine: {stack.Settings.File} has no {key}.");
    }
}
