using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace PassthroughInfra.Engine.State;

/// <summary>
/// The state while an operation runs: what it has done so far, followed by what it has not touched, so that parents and dependencies
/// come before their users at every moment. Every change is on disk before the task that made it goes on; changes that come together
/// share one write.
/// </summary>
internal sealed class SnapshotKeeper
{
    private readonly Lock gate = new();
    private readonly Action<Snapshot>? save;
    private readonly ImmutableArray<ResourceState> oldStates;
    private readonly string? salt;
    private readonly HashSet<ResourceState> doneOldStates = [];
    private readonly List<ResourceState?> newStates = [];
    private readonly Dictionary<ResourceState, int> places = [];
    private readonly Dictionary<ResourceState, ResourceState> marked = [];
    private readonly List<PendingOperation> pending;
    private readonly ImmutableArray<PendingOperation> leftOver;
    private readonly Dictionary<string, string> aliases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> renamed = new(StringComparer.Ordinal);
    private readonly HashSet<string> gone = new(StringComparer.Ordinal);
    private readonly ConditionalWeakTable<ResourceState, ResourceState> normalized = [];
    private TaskCompletionSource? waiting;
    private bool writing;
    private bool dirty;
    private bool isPartial;

    /// <param name="start">The state before the operation.</param>
    /// <param name="save">Puts a state on disk; null in a preview.</param>
    public SnapshotKeeper(Snapshot start, Action<Snapshot>? save)
    {
        this.save = save;
        oldStates = start.Resources;
        salt = start.Salt;
        pending = [.. start.PendingOperations];
        leftOver = start.PendingOperations;
    }

    /// <summary>The state as it is now.</summary>
    public Snapshot Current
    {
        get
        {
            lock (gate)
                return Build();
        }
    }

    /// <summary>Records that an operation begins; on disk when the task ends.</summary>
    public Task BeginAsync(PendingOperation operation)
    {
        lock (gate)
        {
            // What became of a creation that an earlier run left unfinished is not known any better by trying it again.
            pending.RemoveAll(p => p.Resource.Urn == operation.Resource.Urn && p.Type == operation.Type && !p.IsCreation);
            pending.Add(operation);
            return SaveAsync();
        }
    }

    /// <summary>Takes back an operation that could not be recorded and so was not begun; written at the end.</summary>
    public void Withdraw(PendingOperation operation)
    {
        lock (gate)
        {
            pending.Remove(operation);
            dirty = true;
        }
    }

    /// <summary>Records that an operation came to nothing.</summary>
    public Task AbandonAsync(PendingOperation operation)
    {
        lock (gate)
        {
            pending.Remove(operation);
            return SaveAsync();
        }
    }

    /// <summary>Records a resource that did not change; written with the next save, or at the end if anything in it differs.</summary>
    public ResourceState PutUnchanged(ResourceState old, ResourceState @new)
    {
        lock (gate)
        {
            var kept = StateComparison.SameContent(old, @new) ? old : @new;
            dirty |= !ReferenceEquals(kept, old);
            doneOldStates.Add(old);
            Append(kept);
            return kept;
        }
    }

    /// <summary>
    /// Records a resource that is left as it is because it is no target. What it uses may come later or not at all, so from here on the
    /// order is made by sorting.
    /// </summary>
    public ResourceState Skip(ResourceState old, ResourceState @new)
    {
        lock (gate)
        {
            isPartial = true;
            return PutUnchanged(old, Normalize(@new));
        }
    }

    /// <summary>Records a resource's new state in place of its old one (null for a new resource).</summary>
    /// <param name="operation">The operation that has ended with it; null where none was recorded.</param>
    public Task PutAsync(PendingOperation? operation, ResourceState? old, ResourceState @new)
    {
        lock (gate)
        {
            if (operation is not null)
                pending.Remove(operation);
            if (old is not null)
                doneOldStates.Add(old);
            Append(@new);
            return SaveAsync();
        }
    }

    /// <summary>Records that a replacement now stands beside the old resource, which is still to be deleted.</summary>
    public Task PutReplacementAsync(PendingOperation operation, ResourceState old, ResourceState @new)
    {
        lock (gate)
        {
            pending.Remove(operation);
            marked[old] = old with { Delete = true };
            Append(@new);
            return SaveAsync();
        }
    }

    /// <summary>Records that the old resource is deleted and its replacement not yet created.</summary>
    public Task MarkPendingReplacementAsync(PendingOperation? operation, ResourceState old)
    {
        lock (gate)
        {
            if (operation is not null)
                pending.Remove(operation);
            marked[old] = old with { PendingReplacement = true };
            return SaveAsync();
        }
    }

    /// <summary>Records what a refresh found of a resource, which keeps its place.</summary>
    public Task AmendAsync(ResourceState old, ResourceState live)
    {
        lock (gate)
        {
            marked[old] = live;
            return SaveAsync();
        }
    }

    /// <summary>Records that a resource is gone.</summary>
    public Task DropAsync(PendingOperation? operation, ResourceState old)
    {
        lock (gate)
        {
            if (operation is not null)
                pending.Remove(operation);
            doneOldStates.Add(old);
            if (places.Remove(old, out var place))
                newStates[place] = null;
            return SaveAsync();
        }
    }

    /// <summary>Records that a refresh found a resource gone; what still names it does so no more.</summary>
    public Task ForgetAsync(ResourceState old)
    {
        lock (gate)
        {
            gone.Add(old.Urn);
            normalized.Clear();
            return DropAsync(null, old);
        }
    }

    /// <summary>Records new outputs of a component; on disk when the task ends if anything differs.</summary>
    public Task ReplaceAsync(ResourceState current, ResourceState @new)
    {
        lock (gate)
        {
            if (places.Remove(current, out var place))
            {
                newStates[place] = @new;
                places[@new] = place;
            }
            return SaveAsync();
        }
    }

    /// <summary>
    /// Records that a resource is to have another URN. As soon as its new state is there, and not before (its step may fail), what still names the old URN is
    /// written with the new one.
    /// </summary>
    public void Rename(string oldUrn, string newUrn)
    {
        lock (gate)
            aliases[newUrn] = oldUrn;
    }

    /// <summary>
    /// Records that a run has ended well: the updates and deletions that an earlier one left unfinished have been made up for. What became of a creation
    /// only a person can tell.
    /// </summary>
    /// <param name="creations">Whether a person has.</param>
    public void Settle(bool creations)
    {
        lock (gate)
            dirty |= pending.RemoveAll(p => (creations || !p.IsCreation) && leftOver.Contains(p)) > 0;
    }

    /// <summary>Writes what is not on disk yet.</summary>
    public Task FinishAsync()
    {
        lock (gate)
            return dirty ? SaveAsync() : Task.CompletedTask;
    }

    private void Append(ResourceState state)
    {
        places[state] = newStates.Count;
        newStates.Add(state);
        if (!aliases.Remove(state.Urn, out var oldUrn))
            return;
        renamed[oldUrn] = state.Urn;
        normalized.Clear();
    }

    private Snapshot Build()
    {
        var untouched = oldStates.Where(o => !doneOldStates.Contains(o)).Select(o => Normalize(marked.GetValueOrDefault(o, o)));
        IEnumerable<ResourceState> resources = [.. newStates.OfType<ResourceState>(), .. untouched];
        return new(isPartial ? DependencyOrder.Sort(resources) : [.. resources], [.. pending], salt);
    }

    private ResourceState Normalize(ResourceState state)
    {
        if (renamed.Count == 0 && gone.Count == 0)
            return state;
        return normalized.GetValue(state, s => s with
        {
            Parent = NewName(s.Parent),
            Dependencies = NewNames(s.Dependencies),
            PropertyDependencies = s.PropertyDependencies.ToImmutableSortedDictionary(p => p.Key, p => NewNames(p.Value), StringComparer.Ordinal),
            DeletedWith = NewName(s.DeletedWith),
            ReplaceWith = NewNames(s.ReplaceWith),
            Provider = s.Provider.Length > 0 && ProviderReference.Parse(s.Provider) is var reference ? (reference with { ProviderUrn = NewName(reference.ProviderUrn) }).ToString() : "",
        });
    }

    private string NewName(string urn) => gone.Contains(urn) ? "" : renamed.GetValueOrDefault(urn, urn);

    private ImmutableArray<string> NewNames(ImmutableArray<string> urns) => [.. urns.Select(NewName).Where(u => u.Length > 0)];

    // Called under the gate.
    private Task SaveAsync()
    {
        dirty = true;
        if (save is null)
            return Task.CompletedTask;
        waiting ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = waiting.Task;
        if (!writing)
        {
            writing = true;
            _ = Task.Run(WriteAll);
        }
        return mine;
    }

    private void WriteAll()
    {
        while (true)
        {
            TaskCompletionSource batch;
            Snapshot snapshot;
            lock (gate)
            {
                if (waiting is null)
                {
                    writing = false;
                    return;
                }
                batch = waiting;
                waiting = null;
                snapshot = Build();
                dirty = false;
            }
            try
            {
                save!(snapshot);
                batch.SetResult();
            }
#pragma warning disable CA1031 // Whoever waits for the write is told what went wrong with it.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                lock (gate)
                    dirty = true;
                batch.SetException(problem);
            }
        }
    }
}
