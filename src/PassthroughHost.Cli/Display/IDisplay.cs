using PassthroughInfra.Engine.Events;

namespace PassthroughInfra.Cli.Display;

/// <summary>Shows operations to somebody. Disposed when the last of them has ended, however.</summary>
internal interface IDisplay : IEngineEvents, IDisposable
{
    /// <summary>Tells something that belongs to no operation, in a place where it does not tear what is being shown.</summary>
    void Notice(string text);
}
