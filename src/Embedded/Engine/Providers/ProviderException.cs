namespace PassthroughInfra.Engine.Providers;

/// <summary>An error of a provider that is meant for the user: what was asked, what was found, what to do. Shown without a stack trace.</summary>
public sealed class ProviderException : Exception
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
