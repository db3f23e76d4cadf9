namespace PassthroughInfra.Component.Planning;

/// <summary>How grave a finding is.</summary>
public enum Severity
{
    /// <summary>Good to know; also why a choice was made.</summary>
    Info,

    /// <summary>Works, but will bite.</summary>
    Warning,

    /// <summary>Cannot work, or would harm the host: nothing is written.</summary>
    Error,
}

/// <summary>Something the planners have to say.</summary>
/// <param name="Severity">How grave it is.</param>
/// <param name="Subject">What it is about: a path in the spec (<c>machine.devices[1]</c>) or a part of the host.</param>
/// <param name="Problem">What was found.</param>
/// <param name="Remedy">What to do; empty where nothing need be done.</param>
public sealed record Finding(Severity Severity, string Subject, string Problem, string Remedy = "")
{
    /// <summary>As one text for the user.</summary>
    public override string ToString() => $"{Subject}: {Problem}{(Remedy.Length > 0 ? "\n    " + Remedy : "")}";
}
