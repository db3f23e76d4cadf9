using System.Security.Cryptography;
using System.Text;
using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component;

/// <summary>
/// Files on the operator's machine that Pulumi's libvirt provider reads by itself, named so that the name is the same text for every operator, checkout
/// and CI runner. The provider expands variables of its own environment, which is the engine's and not this program's: of those, HOME is the one that
/// both have. Source: terraform-provider-libvirt 0.8, <c>libvirt/uri/ssh.go</c>.
/// </summary>
internal static class OperatorFiles
{
    private const string Home = "HOME";

    // Not $XDG_CACHE_HOME, which is set for some operators and not for others.
    private const string Folder = ".cache/passthrough-infra";

    /// <summary>A known_hosts file with that one key, named by its content, so that several stacks and versions of a host's key have one each.</summary>
    /// <param name="host">The host's name or address.</param>
    /// <param name="port">Its SSH port.</param>
    /// <param name="key">Its public key.</param>
    /// <returns>How the provider is told: <c>$HOME/…</c>.</returns>
    /// <exception cref="SpecException">It cannot be written.</exception>
    public static string KnownHosts(string host, int port, string key)
    {
        var line = $"{(port == 22 ? host : $"[{host}]:{port}")} {key}\n";
        return Place("known_hosts", Encoding.UTF8.GetBytes(line), "machine.connection.hostKey", path =>
        {
            if (!File.Exists(path) || File.ReadAllText(path) != line)
            {
                Replace(path, fresh => File.WriteAllText(fresh, line));
            }
        });
    }

    /// <summary>
    /// A private key. One that the spec names from <c>~/</c> or from <c>/</c> is named alike for everybody; of one inside the checkout there is a link
    /// below the home directory. The link is named by the key itself: whoever has another key has another link, and two checkouts with the same key can
    /// share it. (The key stands in the state already, as a secret of the commands' connection.)
    /// </summary>
    /// <param name="file">As the spec has it.</param>
    /// <param name="root">The directory of Pulumi.yaml.</param>
    /// <returns>How the provider is told: an absolute path or <c>$HOME/…</c>.</returns>
    /// <exception cref="SpecException">The link cannot be made, or the key not be read.</exception>
    public static string Key(string file, string root)
    {
        const string place = "machine.connection.privateKeyFile";

        // The provider would take what follows a $ for a variable; there is no way to write one that is none.
        if (!file.Contains('$', StringComparison.Ordinal))
        {
            if (file.StartsWith("~/", StringComparison.Ordinal))
            {
                return $"${Home}/{file[2..]}";
            }

            if (Path.IsPathRooted(file))
            {
                return file;
            }
        }

        var target = EndpointFiles.FullPath(file, root);
        return Place("keys", Content(file, target, place), place, path =>
        {
            if (new FileInfo(path).LinkTarget != target)
            {
                Replace(path, fresh => File.CreateSymbolicLink(fresh, target));
            }
        });
    }

    private static byte[] Content(string file, string target, string place)
    {
        try
        {
            return File.ReadAllBytes(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(new SpecError(place, $"\"{file}\" cannot be read: {e.Message}", "name a file that is there, relative to Pulumi.yaml or from ~/"));
        }
    }

    private static string Place(string kind, byte[] named, string place, Action<string> write)
    {
        if (Environment.GetEnvironmentVariable(Home) is not { Length: > 0 } home)
        {
            throw new SpecException(new SpecError(place, $"{Home} is not set, and Pulumi's libvirt provider looks for it below the home directory", $"run with {Home} set"));
        }

        var relative = $"{Folder}/{kind}/{Convert.ToHexStringLower(SHA256.HashData(named))[..16]}";
        try
        {
            var path = Path.Combine(home, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(new SpecError(
                place, $"~/{relative}, where Pulumi's libvirt provider looks for it, cannot be written: {e.Message}", $"set {Home} to a directory that can be written, or write managedBy: command for the guest"));
        }

        return $"${Home}/{relative}";
    }

    // In one step: another run may read it at the same time.
    private static void Replace(string path, Action<string> write)
    {
        var fresh = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        write(fresh);
        File.Move(fresh, path, overwrite: true);
    }
}
