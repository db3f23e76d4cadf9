using System.Diagnostics;

namespace PassthroughInfra.Engine.Providers.Tests.Fixture;

internal static class Keys
{
    /// <summary>Makes a key pair and gives the private half's path.</summary>
    public static string Make(string path, string type = "ed25519", string passphrase = "")
    {
        using var process = Process.Start("ssh-keygen", ["-q", "-t", type, "-N", passphrase, "-C", "", "-f", path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}
