using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers;

/// <summary>An error of a provider that is meant for the user: what was asked, what was found, what to do. Shown without a stack trace.</summary>
public class ProviderException : Exception
{
    public ProviderException()
    {
    }

    public ProviderException(string message)
        : base(message)
    {
    }

    public ProviderException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A creation that failed when the resource was there already: it goes into the state, and the next run updates it.</summary>
public sealed class PartialCreationException : ProviderException
{
    public PartialCreationException()
    {
    }

    public PartialCreationException(string message)
        : base(message)
    {
    }

    public PartialCreationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The provider's name for the resource.</summary>
    public string Id { get; init; } = "";

    /// <summary>What is known of it.</summary>
    public PropertyMap Outputs { get; init; } = PropertyMap.Empty;
}
