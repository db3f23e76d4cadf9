using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>What the tree knows of one resource.</summary>
internal sealed class ResourceRow(string urn, string type, string name, string parent)
{
    public string Urn { get; } = urn;

    public string Type { get; } = type;

    public string Name { get; } = name;

    public string Parent { get; } = parent;

    public StepOp Op { get; set; } = StepOp.Same;

    /// <summary>Whether it is worth a line of its own: anything but unchanged and silent.</summary>
    public bool IsNews { get; set; }

    public bool HasFailed { get; set; }

    /// <summary>Whether it has been replaced; the old one may still be there.</summary>
    public bool IsReplaced { get; set; }

    /// <summary>When the running step began; null where none runs.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>How long the step took that has ended; null where none has.</summary>
    public TimeSpan? Took { get; set; }

    /// <summary>The properties that differ, <c>~create,update</c>.</summary>
    public string Changed { get; set; } = "";

    /// <summary>What the running step said last.</summary>
    public string LastLine { get; set; } = "";

    public int Warnings { get; set; }

    public int Errors { get; set; }

    public int Lines { get; set; }
}
