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
    public Snapshot Load() => backend.Read(project, stack) is { } json
        ? CheckpointReader.Read(json, backend.StackFile(project, stack), salt => salt is null ? secrets : secrets.For(salt))
        : Snapshot.Empty;

    /// <summary>Reads the state with another crypter than the stack's own.</summary>
    internal Snapshot LoadWith(ICrypter crypter) => backend.Read(project, stack) is { } json
        ? CheckpointReader.Read(json, backend.StackFile(project, stack), _ => crypter)
        : Snapshot.Empty;

    /// <summary>Replaces the state on disk.</summary>
    public void Save(Snapshot snapshot) => backend.Write(project, stack, writer.Write(snapshot, () => secrets.Salt));

    /// <summary>Keeps a copy of the state as it is before an update.</summary>
    public void Backup() => backend.Backup(project, stack);
}
