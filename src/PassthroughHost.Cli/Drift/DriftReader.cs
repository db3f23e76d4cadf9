using PassthroughInfra.Cli.Hosts;
using PassthroughInfra.Component.Facts;
using PassthroughInfra.Component.Planning;
using PassthroughInfra.Component.Probe;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Engine;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Cli.Drift;

/// <summary>
/// Reads the hosts of several stacks at once and compares each with its stack file. It reads and plans with the component directly: no
/// program is built or run, no state is locked or written, and where the file holds no secret no passphrase is needed.
/// </summary>
internal sealed class DriftReader(VerbContext context, TimeSpan patience)
{
    private const int AtOnce = 16;

    private sealed record Target(string Name, MachineSpec Spec, IReadOnlySet<string> Applied);

    /// <summary>Looks at the stacks' machines, in parallel; the answers are in the stacks' order. A machine of a fleet is named STACK/MACHINE.</summary>
    public async Task<IReadOnlyList<StackDrift>> ReadAsync(IEnumerable<string> stacks)
    {
        using var gate = new SemaphoreSlim(AtOnce);
        // Opened one after another: a passphrase may have to be asked for.
        var work = stacks.SelectMany(Open).ToList().Select(o => o.Target is { } target ? MeasureAsync(target, gate) : Task.FromResult(o.Answer!));
        return await Task.WhenAll(work);
    }

    private IReadOnlyList<(Target? Target, StackDrift? Answer)> Open(string name)
    {
        try
        {
            using var stack = context.OpenStack(name);
            var machines = StackMachine.ReadAll(stack);
            if (machines.Count == 0)
                return [(null, new(name, "", DriftStatus.NotMeasured, [], $"the stack file describes no {SpecReader.Root} and no {FleetReader.Root}"))];
            var commands = Commands(stack);
            return [.. machines.Select(m => Open(m.Machine is null ? name : $"{name}/{m.Machine}", m.Spec, Applied(commands, m.Machine, m.Spec)))];
        }
        catch (Exception problem) when (problem is EngineException or SpecException)
        {
            return [(null, StackDrift.Failed(name, "", problem.Message))];
        }
    }

    private static (Target? Target, StackDrift? Answer) Open(string name, MachineSpec spec, IReadOnlySet<string> applied) => spec.Facts is { } facts
        ? (null, new(name, spec.Connection.Host, DriftStatus.NotMeasured, [], $"the recorded probe {facts} stands in for the host"))
        : (new(name, spec, applied), null);

    // A fleet's program calls a host by its machine's name; the one of a stack of its own may be called anything.
    private static HashSet<string> Applied(IReadOnlyList<string> commands, string? machine, MachineSpec spec)
    {
        // Before a machine could have several guests, theirs went by the kind alone.
        return ConcernList.Wanted(spec).Where(c => Has(c.Name) || (c is IGuestConcern guest && spec.Guests.Count == 1 && Has(guest.FormerName))).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);

        bool Has(string concern) => commands.Any(n => machine is null ? n.EndsWith("-" + concern, StringComparison.Ordinal) : n == $"{machine}-{concern}");
    }

    // Where the state is elsewhere (the pulumi CLI with another backend), only the host's own receipts tell.
    private static List<string> Commands(Stack stack)
    {
        try
        {
            return [.. stack.LoadWithoutSecrets().Resources.Where(r => r.Type == "command:remote:Command").Select(r => Urn.Name(r.Urn))];
        }
        catch (EngineException)
        {
            return [];
        }
    }

    private async Task<StackDrift> MeasureAsync(Target target, SemaphoreSlim gate)
    {
        var (stack, spec) = (target.Name, target.Spec);
        var host = $"{spec.Connection.User}@{spec.Connection.Host}{(spec.Connection.Port == 22 ? "" : $":{spec.Connection.Port}")}";
        await gate.WaitAsync(context.Interrupts.Stopping);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Interrupts.Stopping);
        limit.CancelAfter(patience);
        try
        {
            var reading = await HostReader.ReadAsync(spec, context.Workspace.Project.Directory, limit.Token);
            return reading.Facts is null
                ? StackDrift.Failed(stack, host, HostFailure.Explain(host, reading, spec.Connection))
                : StackDrift.Judge(stack, host, HostPlan.Make(spec, reading.Facts), target.Applied);
        }
        catch (Exception problem) when (problem is ProbeException or SpecException)
        {
            return StackDrift.Failed(stack, host, problem.Message);
        }
        catch (OperationCanceledException) when (!context.Interrupts.Stopping.IsCancellationRequested)
        {
            return StackDrift.Failed(stack, host, $"{host} has not answered within {patience.TotalSeconds:0} seconds (--timeout)");
        }
        finally
        {
            gate.Release();
        }
    }
}
