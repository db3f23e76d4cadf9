using PassthroughInfra.Engine.Secrets;

namespace PassthroughInfra.Engine.State;

/// <summary>Loads and saves the state of one stack, its secrets included.</summary>
public sealed class StateStore
{
    private readonly FileBackend backend;
    private readonly string project;
    private readonly string stack;
    private readonly StackSecrets secrets;
    private readonly CheckpointWriter writer;

    public StateStore(FileBackend backend, string project, string stack, StackSecrets secrets)
    {
        this.backend = backend;
        this.project = project;
        this.stack = stack;
        this.secrets = secrets;
        writer = new(FileBackend.QualifiedName(project, stack), secrets);
    }

    /// <summary>Reads the state; empty where there is none. Secrets are decrypted if there are any.</summary>
    /// <exception cref="EngineException">It cannot be read, or is not whole.</exception>
    public Snapshot Load()
    {
        if (backend.Read(project, stack) is not { } json)
            return Snapshot.Empty;
        var file = backend.StackFile(project, stack);
        var snapshot = CheckpointReader.Read(json, file, salt => salt is null ? secrets : secrets.For(salt));
        return SnapshotIntegrity.Fault(snapshot) is { } fault
            ? throw new EngineException(
                $"The state file {file} is not whole: {fault}. Nothing was done. Take it out with 'stack export', mend that, and put it in with 'stack import'. "
                + "The state before the last update is beside it as .bak.")
            : snapshot;
    }

    /// <summary>Reads the state with another crypter than the stack's own.</summary>
    internal Snapshot LoadWith(ICrypter crypter) => backend.Read(project, stack) is { } json
        ? CheckpointReader.Read(json, backend.StackFile(project, stack), _ => crypter)
        : Snapshot.Empty;

    /// <summary>Replaces the state on disk.</summary>
    /// <exception cref="EngineException">
    /// It cannot be written; or it is not whole, and is written all the same: what was done is not to be lost, and nothing more is to be done on it.
    /// </exception>
    public void Save(Snapshot snapshot)
    {
        var fault = SnapshotIntegrity.Fault(snapshot);
        backend.Write(project, stack, writer.Write(snapshot, () => secrets.Salt));
        if (fault is not null)
        {
            throw new EngineException(
                $"The state of stack '{stack}', as it is saved now, is not whole, which is an error of this engine: {fault}. Nothing more is begun. "
                + "Please report it, with the state file.");
        }
    }

    /// <summary>Keeps a copy of the state as it is before an update.</summary>
    public void Backup() => backend.Backup(project, stack);
}
