namespace Pulumi.Command;

/// <summary>The command package, as its resources and functions are sent.</summary>
internal static class CommandPackage
{
    public const string Version = "1.2.1";

    /// <summary>The path of the inputs whose changes run a command anew as another resource.</summary>
    public const string Triggers = "triggers[*]";

    public const string Connection = "connection";

    public static PackageDefaults Defaults { get; } = new(Version);
}
