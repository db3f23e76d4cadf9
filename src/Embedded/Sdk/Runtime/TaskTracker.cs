namespace Pulumi.Runtime;

/// <summary>The work a program has begun and not waited for. A program is over when all of it is.</summary>
internal sealed class TaskTracker
{
    private readonly Lock _gate = new();
    private readonly HashSet<Exception> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<Exception> _failures = [];
    private TaskCompletionSource? _change;
    private int _running;

    /// <summary>Adds work. An error that several tasks end with, as the outputs made of a failed one do, counts once.</summary>
    public void Add(Task task)
    {
        if (task.IsCompletedSuccessfully)
            return;
        lock (_gate)
            _running++;
        task.ContinueWith(
            static (done, tracker) => ((TaskTracker)tracker!).Finish(done),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Waits for errors, and gives them; gives none when all work is done.</summary>
    public async Task<IReadOnlyList<Exception>> NextFailuresAsync()
    {
        while (true)
        {
            Task change;
            lock (_gate)
            {
                if (_failures.Count > 0)
                {
                    Exception[] failures = [.. _failures];
                    _failures.Clear();
                    return failures;
                }

                if (_running == 0)
                    return [];
                _change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                change = _change.Task;
            }

            await change.ConfigureAwait(false);
        }
    }

    private void Finish(Task task)
    {
        TaskCompletionSource? change = null;
        lock (_gate)
        {
            _failures.AddRange(ErrorsOf(task).Where(_seen.Add));

            _running--;
            if (_running == 0 || _failures.Count > 0)
                (change, _change) = (_change, null);
        }

        change?.SetResult();
    }

    private static Exception[] ErrorsOf(Task task) => task.Status switch
    {
        TaskStatus.Faulted => [.. task.Exception!.Flatten().InnerExceptions],
        TaskStatus.Canceled => [new TaskCanceledException(task)],
        _ => [],
    };
}
