namespace PassthroughInfra.Engine.Events;

/// <summary>Takes the events of operations; called from several threads at once.</summary>
public interface IEngineEvents
{
    void On(EngineEvent happened);
}

/// <summary>Takes events and does nothing with them.</summary>
public sealed class NoEvents : IEngineEvents
{
    public static NoEvents Instance { get; } = new();

    public void On(EngineEvent happened)
    {
    }
}
