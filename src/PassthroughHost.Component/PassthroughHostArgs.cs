using PassthroughInfra.Component.Spec;
using Pulumi;

namespace PassthroughInfra.Component;

/// <summary>What a <see cref="PassthroughHost"/> is made from.</summary>
public sealed class PassthroughHostArgs : ResourceArgs
{
    /// <summary>What the machine is to be. <see cref="SpecReader"/> reads it from configuration.</summary>
    public required MachineSpec Machine { get; init; }

    /// <summary>The host's name or address, where it is another resource's output; default: the spec's.</summary>
    public Input<string>? Host { get; init; }

    /// <summary>The private key for SSH, kept as a secret; default: the spec's, else the SSH agent.</summary>
    public Input<string>? PrivateKey { get; init; }

    /// <summary>
    /// The directory that relative paths of the spec start from; default: that of Pulumi.yaml (<c>PULUMI_ROOT_DIRECTORY</c>), else the
    /// working directory.
    /// </summary>
    public string? RootDirectory { get; init; }

    /// <summary>
    /// For a program with several hosts: whether what stops this one (it cannot be read, a check forbids the plan) stops it alone. Its first command
    /// then fails with the reason, in an update with <c>--continue-on-error</c>, and nothing is written to it; its resources stay as they were.
    /// Default false: the program ends.
    /// </summary>
    public bool IsolateFailure { get; init; }
}
