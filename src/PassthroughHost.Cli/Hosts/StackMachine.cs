using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Hosts;

/// <summary>The machine, or the machines, a stack file describes.</summary>
internal static class StackMachine
{
    // What the program stacks/Machine calls its host: the guest's UUID and MAC addresses follow from it.
    private const string Component = "host";

    // stacks/Fleet reads it under this name, whatever the project is called.
    private const string FleetKey = $"passthrough-infra:{FleetReader.Root}";

    /// <summary>Reads it; secrets are decrypted only where it holds some.</summary>
    /// <exception cref="EngineException">The stack file has no machine, or a secret cannot be decrypted.</exception>
    /// <exception cref="SpecException">The machine's description has errors.</exception>
    public static MachineSpec Read(Stack stack)
    {
        var key = $"{stack.Workspace.Project.Name}:{SpecReader.Root}";
        return stack.Settings.Resolve(stack.Secrets.DecryptText).Values.TryGetValue(key, out var json)
            ? Pin(Placed(stack, SpecReader.Root, () => SpecReader.Read(json)), stack.Workspace.Project.Name, stack.Name)
            : throw new EngineException($"Stack '{stack.Name}' describes no machine: {stack.Settings.File} has no {key}.");
    }

    /// <summary>The machines of a stack file: its one machine, without a name, or those of a fleet by theirs; none where it describes none.</summary>
    /// <exception cref="EngineException">A secret cannot be decrypted.</exception>
    /// <exception cref="SpecException">A machine's description has errors.</exception>
    public static IReadOnlyList<(string? Machine, MachineSpec Spec)> ReadAll(Stack stack)
    {
        var (project, name) = (stack.Workspace.Project.Name, stack.Name);
        // Which keys there are is known without decrypting anything.
        var keys = stack.Settings.Resolve(_ => "").Values;
        if (keys.ContainsKey($"{project}:{SpecReader.Root}"))
            return [(null, Read(stack))];
        if (!keys.ContainsKey(FleetKey))
            return [];
        var fleet = stack.Settings.Resolve(stack.Secrets.DecryptText).Values[FleetKey];
        return [.. Placed(stack, FleetReader.Root, () => FleetReader.Read(fleet)).Select(m => (m.Key, GuestIdentity.Pin(m.Value, $"{project}/{name}/{m.Key}")))];
    }

    // An error with its line and column in the stack file.
    private static T Placed<T>(Stack stack, string root, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SpecException errors)
        {
            throw StackFilePlaces.AddFrom(stack.Settings.File, errors, root == FleetReader.Root ? "passthrough-infra" : stack.Workspace.Project.Name, root);
        }
    }

    /// <summary>A machine with its guest's identity written out, as the stack's program does it.</summary>
    public static MachineSpec Pin(MachineSpec spec, string project, string stack) => GuestIdentity.Pin(spec, $"{project}/{stack}/{Component}");
}
