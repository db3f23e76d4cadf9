using System.ComponentModel;

namespace PassthroughInfra.Component.Spec;

/// <summary>
/// What was set up by hand in one file and is this stack's from now on: it is cut out of the file, and the stack has the same effect. The file as it was is kept, and
/// comes back byte for byte when the stack is destroyed or the entry goes.
/// </summary>
public sealed record TakeOverSpec
{
    /// <summary>The file.</summary>
    [Description("The file with what was set up by hand: /etc/default/grub and its drop-ins, a .conf of modprobe.d, modules-load.d or sysctl.d, /etc/modules, /etc/sysctl.conf, modules, scripts and hooks below /etc/initramfs-tools, an override below /etc/driverctl.d.")]
    public required string Path { get; init; }

    /// <summary>Words that are cut out of the file's lines: kernel arguments in GRUB's files, an option in the <c>options</c> lines of modprobe.d.</summary>
    [Description("Words that are cut out: kernel arguments in GRUB's files, options of a module in modprobe.d. The rest of their lines stays.")]
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whole lines that are cut out; blanks around them do not count.</summary>
    [Description("Whole lines that are cut out, as they stand in the file.")]
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>Whether the whole file is put aside.</summary>
    [Description("Whether the whole file is put aside.")]
    public bool SetAside { get; init; }
}

/// <summary>Kinds of files that something can be taken over from.</summary>
internal enum TakeOverPlace
{
    /// <summary>One that is not known: nothing of it is taken over.</summary>
    Unknown,

    /// <summary>/etc/default/grub and its drop-ins.</summary>
    Grub,

    /// <summary>modprobe.d.</summary>
    Modprobe,

    /// <summary>/etc/modules, modules-load.d, and the list of modules of initramfs-tools.</summary>
    Modules,

    /// <summary>A script that goes into the initramfs, or a hook that makes it.</summary>
    InitramfsScript,

    /// <summary>An override of driverctl's.</summary>
    Driverctl,

    /// <summary>sysctl.d, and /etc/sysctl.conf.</summary>
    Sysctl,
}
