namespace PassthroughInfra.Engine;

/// <summary>An error that is meant for the user: what was asked, what was found, what to do. Shown without a stack trace.</summary>
public class EngineException : Exception
{
    public EngineException()
    {
    }

    public EngineException(string message)
        : base(message)
    {
    }

    public EngineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A stack was named that there is not.</summary>
public sealed class StackNotFoundException : EngineException
{
    public StackNotFoundException()
    {
    }

    public StackNotFoundException(string message)
        : base(message)
    {
    }

    public StackNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
