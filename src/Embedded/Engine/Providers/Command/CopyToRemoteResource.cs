using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Engine.Ssh;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>
/// <c>command:remote:CopyToRemote</c>: a file or directory copied to a host by SFTP. It sets no mode or owner, takes nothing away when it
/// is deleted, and copies again only when the content or the place changes.
/// </summary>
/// <param name="workingDirectory">What relative source paths are relative to.</param>
internal sealed class CopyToRemoteResource(SshConnections ssh, string workingDirectory) : ICommandResource
{
    private const string Source = "source";
    private const string RemotePath = "remotePath";

    private static readonly FrozenDictionary<string, FieldType> Fields = new Dictionary<string, FieldType>
    {
        [CommandInputs.Connection] = FieldType.Map,
        [Source] = FieldType.Any,
        [RemotePath] = FieldType.Text,
        ["triggers"] = FieldType.List,
    }.ToFrozenDictionary();

    public PropertyMap Check(PropertyMap inputs, List<CheckProblem> problems)
    {
        CommandInputs.CheckShape(inputs, Fields, problems);
        if (inputs.Get(RemotePath) is null || inputs.GetString(RemotePath) == "")
            problems.Add(new(RemotePath, "it is required: where to copy to"));
        if (inputs.Get(Source)?.Unwrapped is not PropertyUnknown)
        {
            try
            {
                // Taken out first: an asset without a hash equals the same with one, and an immutable map keeps what is equal.
                inputs = inputs.Without(Source).With(Source, WithHash(inputs.Get(Source)?.Unwrapped));
            }
            catch (Exception e) when (e is ProviderException or IOException or UnauthorizedAccessException)
            {
                problems.Add(new(Source, e.Message));
            }
        }
        return RemoteInputs.CheckConnection(inputs, problems);
    }

    public async Task<PropertyMap> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        if (!request.Context.IsPreview)
            await CopyAsync(request.Inputs, request.Context, cancellation).ConfigureAwait(false);
        return request.Inputs;
    }

    public async Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation)
    {
        var isCurrent = Equals(request.OldInputs.Get(Source), request.NewInputs.Get(Source)) && request.OldInputs.GetString(RemotePath) == request.NewInputs.GetString(RemotePath);
        if (!request.Context.IsPreview && !isCurrent)
            await CopyAsync(request.NewInputs, request.Context, cancellation).ConfigureAwait(false);
        return request.NewInputs;
    }

    public Task DeleteAsync(DeleteRequest request, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>The source with the digest of its content, by which a change of the content is seen.</summary>
    private PropertyValue WithHash(PropertyValue? source) => source switch
    {
        PropertyAsset { Source: AssetSource.Path, Content: var path } when Directory.Exists(Local(path)) => throw new ProviderException($"'{path}' is a directory; give it as an archive (FileArchive)"),
        PropertyAsset { Source: AssetSource.Path or AssetSource.Text } asset => asset.Hashed(workingDirectory),
        PropertyArchive { Source: AssetSource.Path, Content: { } path } archive => archive with { Hash = Digest(Local(path)) },
        _ => throw new ProviderException("expected a file (FileAsset), a text (StringAsset), or a path to a directory or file (FileArchive)"),
    };

    private string Local(string path) => Path.GetFullPath(path, workingDirectory);

    private static string Digest(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories) : [path];
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(path, file) + "\0"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private async Task CopyAsync(PropertyMap inputs, ResourceContext context, CancellationToken kill)
    {
        var target = ConnectionInput.Target(inputs.GetMap(CommandInputs.Connection) ?? PropertyMap.Empty);
        var place = inputs.GetString(RemotePath)!;
        try
        {
            await ssh.TransferAsync(target, sftp => inputs.Get(Source) switch
            {
                PropertyAsset { Source: AssetSource.Text, Content: var text } => CopyTextAsync(sftp, text, place, kill),
                PropertyAsset { Content: var path } => CopyPathAsync(sftp, path, place, kill),
                PropertyArchive { Content: { } path } => CopyPathAsync(sftp, path, place, kill),
                _ => throw new ProviderException("The state has no source that could be copied."),
            }, RemoteInputs.Patience(context), kill).ConfigureAwait(false);
        }
        catch (SftpException e)
        {
            throw new ProviderException($"Copying to {place} on {target}: {e.Message}. Each directory on the way must be there, and {target.User} must be allowed to write.", e);
        }
        catch (Exception e) when (e is SshException or IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(e.Message, e);
        }
    }

    private static async Task CopyTextAsync(SftpClient sftp, string text, string place, CancellationToken kill)
    {
        if (await sftp.StatAsync(place, kill).ConfigureAwait(false) == RemoteEntry.Directory)
            throw new SftpException($"{place} is a directory; a text needs the path of a file");
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await sftp.WriteAsync(content, place, kill).ConfigureAwait(false);
    }

    /// <summary>
    /// As pulumi-command does: a file goes into a directory that is there, and otherwise takes the place itself; a directory goes into
    /// the place under its own name, or, written with a slash at its end, its content does.
    /// </summary>
    private async Task CopyPathAsync(SftpClient sftp, string path, string place, CancellationToken kill)
    {
        var source = Local(path);
        var there = await sftp.StatAsync(place, kill).ConfigureAwait(false);
        if (!Directory.Exists(source))
        {
            await CopyFileAsync(sftp, source, there == RemoteEntry.Directory ? Within(place, Path.GetFileName(source)) : place, kill).ConfigureAwait(false);
            return;
        }
        await HaveDirectoryAsync(sftp, place, kill).ConfigureAwait(false);
        var name = Path.GetFileName(source.TrimEnd('/'));
        await CopyDirectoryAsync(sftp, source, path.EndsWith('/') ? place : Within(place, name), kill).ConfigureAwait(false);
    }

    private static async Task CopyDirectoryAsync(SftpClient sftp, string source, string place, CancellationToken kill)
    {
        await HaveDirectoryAsync(sftp, place, kill).ConfigureAwait(false);
        foreach (var entry in Directory.EnumerateFileSystemEntries(source).Order(StringComparer.Ordinal))
        {
            var within = Within(place, Path.GetFileName(entry));
            await (Directory.Exists(entry) ? CopyDirectoryAsync(sftp, entry, within, kill) : CopyFileAsync(sftp, entry, within, kill)).ConfigureAwait(false);
        }
    }

    private static async Task HaveDirectoryAsync(SftpClient sftp, string place, CancellationToken kill)
    {
        switch (await sftp.StatAsync(place, kill).ConfigureAwait(false))
        {
            case RemoteEntry.None:
                await sftp.MakeDirectoryAsync(place, kill).ConfigureAwait(false);
                break;
            case RemoteEntry.File:
                throw new SftpException($"{place} is there and is no directory");
            default:
                break;
        }
    }

    private static async Task CopyFileAsync(SftpClient sftp, string source, string place, CancellationToken kill)
    {
        var content = File.OpenRead(source);
        await using var _ = content.ConfigureAwait(false);
        await sftp.WriteAsync(content, place, kill).ConfigureAwait(false);
    }

    private static string Within(string directory, string name) => $"{directory.TrimEnd('/')}/{name}";
}
