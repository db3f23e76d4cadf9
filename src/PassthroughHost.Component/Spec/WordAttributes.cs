namespace PassthroughInfra.Component.Spec;

/// <summary>What a value of the spec was written as before: whoever still writes it is told the new word.</summary>
/// <param name="raw">As JSON has it: <c>true</c>.</param>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class FormerWordAttribute(string raw) : Attribute
{
    /// <summary>As JSON has it.</summary>
    public string Raw { get; } = raw;
}

/// <summary>A word that is meant to come, and is not there yet.</summary>
/// <param name="word">The word.</param>
[AttributeUsage(AttributeTargets.Enum)]
internal sealed class LaterWordAttribute(string word) : Attribute
{
    /// <summary>The word.</summary>
    public string Word { get; } = word;
}
