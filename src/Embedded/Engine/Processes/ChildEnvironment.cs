using System.Collections;

namespace PassthroughInfra.Engine.Processes;

/// <summary>What the processes that this one starts inherit of its environment.</summary>
internal static class ChildEnvironment
{
    // The passphrase opens every secret of the stack. A program is given its configuration decrypted, and a command what its inputs say.
    private static readonly string[] Withheld = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];

    /// <summary>This process's environment without the passphrase.</summary>
    public static Dictionary<string, string> Inherited() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Where(v => !Withheld.Contains((string)v.Key))
        .ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "", StringComparer.Ordinal);
}
