using System.Collections.Immutable;
using PassthroughInfra.Engine.State;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>What the program has registered so far: names, old names, and the states they have come to.</summary>
internal sealed class Registrations(DeploymentContext context)
{
    private readonly Lock gate = new();
    private readonly HashSet<string> urns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ResourceState> states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> newNameOfOld = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> oldNameOfNew = new(StringComparer.Ordinal);
    private readonly HashSet<string> failed = new(StringComparer.Ordinal);
    private readonly HashSet<string> replaced = new(StringComparer.Ordinal);

    /// <summary>The URN of the stack's own resource; empty until it is registered.</summary>
    public string StackUrn { get; set; } = "";

    /// <summary>Takes a name for a resource.</summary>
    /// <exception cref="StepFailedException">The parent is not there, or the name is taken.</exception>
    public string Claim(string parent, string type, string name)
    {
        lock (gate)
        {
            if (parent.Length > 0 && !urns.Contains(parent))
                throw context.Failure("", $"could not find parent resource {parent} of {type} '{name}'");
            var urn = Urn.Create(context.Target.Stack, context.Target.Project, parent, type, name);
            if (!urns.Add(urn))
                throw context.Failure(urn, $"Duplicate resource URN '{urn}'; try giving it a unique name");
            if (newNameOfOld.TryGetValue(urn, out var other))
                throw context.Failure(urn, $"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{other}'");
            return urn;
        }
    }

    /// <summary>The state that a resource had, under its own name or one it went by; null for a new resource.</summary>
    public ResourceState? FindOldState(string urn, GoalState goal)
    {
        lock (gate)
        {
            if (context.OldStates.TryGetValue(urn, out var old))
                return old;
            foreach (var alias in Aliases(goal))
            {
                if (!context.OldStates.TryGetValue(alias, out old))
                    continue;
                if (urns.Contains(alias))
                    throw context.Failure(urn, $"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' conflicting with resource with URN '{alias}'");
                if (newNameOfOld.TryGetValue(alias, out var other))
                    throw context.Failure(urn, $"Duplicate resource alias '{alias}' applied to resource with URN '{urn}' conflicting with resource with URN '{other}'");
                newNameOfOld[alias] = urn;
                oldNameOfNew[urn] = alias;
                context.Keeper.Rename(alias, urn);
                return old;
            }
            return null;
        }
    }

    /// <summary>Whether the program has begun to register the resource that the state has under this URN.</summary>
    public bool IsClaimed(string oldUrn)
    {
        lock (gate)
            return urns.Contains(newNameOfOld.GetValueOrDefault(oldUrn, oldUrn));
    }

    /// <summary>Notes what a resource has come to.</summary>
    public void Set(ResourceState state)
    {
        lock (gate)
            states[state.Urn] = state;
    }

    /// <summary>What a resource has come to in this run; null where it is not registered (or not done).</summary>
    public ResourceState? Get(string urn)
    {
        lock (gate)
            return states.GetValueOrDefault(urn);
    }

    /// <summary>Notes that a resource failed, or was passed over, in a run that goes on.</summary>
    public void SetFailed(string urn)
    {
        lock (gate)
            failed.Add(urn);
    }

    /// <summary>Whether the resource that the state has under this URN failed, or was passed over, in a run that goes on.</summary>
    public bool HasFailed(string oldUrn)
    {
        lock (gate)
            return failed.Contains(newNameOfOld.GetValueOrDefault(oldUrn, oldUrn));
    }

    /// <summary>The first thing a resource needs that failed or was passed over; null where there is none.</summary>
    public string? FailedNeed(GoalState goal)
    {
        lock (gate)
        {
            if (failed.Count == 0)
                return null;
            var needs = goal.PropertyDependencies.Values.SelectMany(d => d).Concat(goal.Dependencies).Append(goal.Parent).Append(goal.DeletedWith);
            if (goal.Provider.Length > 0)
                needs = needs.Append(ProviderReference.Parse(goal.Provider).ProviderUrn);
            return needs.FirstOrDefault(failed.Contains);
        }
    }

    /// <summary>Notes that a resource is replaced in this run.</summary>
    public void SetReplaced(string urn)
    {
        lock (gate)
            replaced.Add(urn);
    }

    /// <summary>Whether a resource is replaced in this run.</summary>
    public bool IsReplaced(string urn)
    {
        lock (gate)
            return replaced.Contains(urn);
    }

    /// <summary>Whether the program still has the resource that the state has under this URN.</summary>
    public bool IsWanted(string oldUrn)
    {
        lock (gate)
            return newNameOfOld.GetValueOrDefault(oldUrn, oldUrn) is var urn && (states.ContainsKey(urn) || failed.Contains(urn));
    }

    /// <summary>The name that a URN of the state goes by now.</summary>
    public string NewName(string oldUrn)
    {
        lock (gate)
            return newNameOfOld.GetValueOrDefault(oldUrn, oldUrn);
    }

    private IEnumerable<string> Aliases(GoalState goal)
    {
        var own = goal.Aliases.Select(a => Resolve(goal, a)).ToArray();
        // What its parent was called counts for a child too, with the parent's name at the start of the child's changed along.
        return goal.Parent.Length > 0 && oldNameOfNew.TryGetValue(goal.Parent, out var oldParent)
            ? own.Append(Inherited(goal.Type, goal.Name, Urn.Name(goal.Parent), oldParent))
                .Concat(own.Select(a => Inherited(Urn.Type(a), Urn.Name(a), Urn.Name(goal.Parent), oldParent)))
                .Distinct(StringComparer.Ordinal)
            : own;
    }

    private string Resolve(GoalState goal, GoalStateAlias alias)
    {
        if (alias.Urn.Length > 0)
            return alias.Urn;
        var parent = alias.NoParent ? "" : alias.Parent.Length == 0 ? goal.Parent : oldNameOfNew.GetValueOrDefault(alias.Parent, alias.Parent);
        return Urn.Create(
            Or(alias.Stack, context.Target.Stack), Or(alias.Project, context.Target.Project), parent, Or(alias.Type, goal.Type), Or(alias.Name, goal.Name));
    }

    private string Inherited(string type, string name, string parentName, string oldParent) => Urn.Create(
        context.Target.Stack, context.Target.Project, oldParent, type,
        name.StartsWith(parentName, StringComparison.Ordinal) ? Urn.Name(oldParent) + name[parentName.Length..] : name);

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;
}
