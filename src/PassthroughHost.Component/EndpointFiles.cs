using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component;

/// <summary>What an endpoint's files hold, beside what the spec says itself.</summary>
/// <param name="HostKey">The pinned public key; null where any is accepted.</param>
/// <param name="PrivateKey">The private key; null where the agent, the user's own keys or a password serve.</param>
internal sealed record EndpointFiles(string? HostKey, string? PrivateKey)
{
    /// <summary>Reads the files an endpoint names.</summary>
    /// <param name="spec">The endpoint.</param>
    /// <param name="path">Its place in the spec, for errors.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <exception cref="SpecException">A file is missing or cannot be read.</exception>
    public static EndpointFiles Read(EndpointSpec spec, string path, string root)
    {
        var key = spec.HostKeyFile is { } file ? Content(file, $"{path}.hostKeyFile", root).Trim() : spec.HostKey;
        var secret = spec.PrivateKeyFile is { } keyFile ? Content(keyFile, $"{path}.privateKeyFile", root) : spec.PrivateKey;
        return new(key == ConnectionSpec.AcceptAnyHostKey ? null : key, secret);
    }

    /// <summary>Where a file of the spec is.</summary>
    /// <param name="file">As it is written: absolute, from <c>~/</c>, or relative.</param>
    /// <param name="root">The directory relative paths start from.</param>
    public static string FullPath(string file, string root) => file.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), file[2..])
        : Path.GetFullPath(Path.Combine(root, file));

    private static string Content(string file, string path, string root)
    {
        try
        {
            return File.ReadAllText(FullPath(file, root));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(new SpecError(path, $"\"{file}\" cannot be read: {e.Message}", "name a file that is there, relative to Pulumi.yaml or from ~/"));
        }
    }
}
