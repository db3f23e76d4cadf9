namespace PassthroughInfra.Engine.Deployments;

/// <summary>Counts what is under way, for whoever waits until nothing is.</summary>
internal sealed class ActivityCount
{
    private readonly Lock gate = new();
    private TaskCompletionSource idle = new();
    private int running;

    public ActivityCount() => idle.SetResult();

    /// <summary>Ends when nothing is under way.</summary>
    public Task WhenIdle
    {
        get
        {
            lock (gate)
                return idle.Task;
        }
    }

    public void Enter()
    {
        lock (gate)
        {
            if (running++ == 0)
                idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            if (--running == 0)
                idle.SetResult();
        }
    }
}
