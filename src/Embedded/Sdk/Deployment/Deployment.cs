using System.Reflection;
using Pulumi.Runtime;

namespace Pulumi;

/// <summary>Runs programs.</summary>
/// <remarks>
/// A run gives the exit code of the program: 0; 1 after an error was logged; 32 after an exception was reported. It is over
/// when every resource is registered, also those made inside Apply.
/// </remarks>
public sealed partial class Deployment
{
    private Deployment()
    {
    }

    /// <summary>The running program.</summary>
    /// <exception cref="InvalidOperationException">None is running here.</exception>
    public static DeploymentInstance Instance => DeploymentContext.Current.Instance;

    /// <inheritdoc cref="RunAsync(Func{Task{IDictionary{string, object}}}, StackOptions)"/>
    public static Task<int> RunAsync(Action action) => RunAsync((Func<IDictionary<string, object?>>)(() =>
    {
        action();
        return NoOutputs();
    }));

    /// <inheritdoc cref="RunAsync(Func{Task{IDictionary{string, object}}}, StackOptions)"/>
    public static Task<int> RunAsync(Func<IDictionary<string, object?>> func) => RunAsync(() => Task.FromResult(func()));

    /// <inheritdoc cref="RunAsync(Func{Task{IDictionary{string, object}}}, StackOptions)"/>
    public static Task<int> RunAsync(Func<Task> func) => RunAsync(
        async () =>
        {
            await func().ConfigureAwait(false);
            return (IDictionary<string, object?>)NoOutputs();
        },
        null);

    /// <summary>Runs a program that is a function; what it returns are the outputs of the stack.</summary>
    /// <exception cref="InvalidOperationException">The program was not started by an engine.</exception>
    public static Task<int> RunAsync(Func<Task<IDictionary<string, object?>>> func, StackOptions? options = null) =>
        RunWithEngineAsync(runner => runner.RunAsync(func, options));

    /// <summary>Runs a program that is a class: the constructor makes the resources, the marked properties are the outputs.</summary>
    /// <exception cref="InvalidOperationException">The program was not started by an engine.</exception>
    public static Task<int> RunAsync<TStack>()
        where TStack : Stack, new() => RunWithEngineAsync(static runner => runner.RunAsync(New<TStack>));

    /// <inheritdoc cref="RunAsync{TStack}()"/>
    public static Task<int> RunAsync<TStack>(IServiceProvider serviceProvider)
        where TStack : Stack => RunWithEngineAsync(runner => runner.RunAsync(Resolve<TStack>(serviceProvider)));

    private static Dictionary<string, object?> NoOutputs() => new Dictionary<string, object?>();

    // Without the wrapping of what the constructor throws, which new() would bring.
    private static TStack New<TStack>()
        where TStack : Stack =>
        (TStack)Activator.CreateInstance(
            typeof(TStack), BindingFlags.DoNotWrapExceptions | BindingFlags.Public | BindingFlags.Instance, null, null, null)!;

    private static Func<Stack> Resolve<TStack>(IServiceProvider serviceProvider)
        where TStack : Stack
    {
        ArgumentNullException.ThrowIfNull(serviceProvider);
        return () => serviceProvider.GetService(typeof(TStack)) as TStack
            ?? throw new ApplicationException(
                $"Failed to resolve instance of type {typeof(TStack)} from service provider. "
                + $"Register the type with the service provider before calling {nameof(RunAsync)}.");
    }

    /// <summary>Must stay async: that keeps the program that is entered here from the caller's other work.</summary>
    private static async Task<int> RunWithEngineAsync(Func<ProgramRunner, Task<int>> run)
    {
        var (settings, monitor, engine) = DeploymentSettings.FromEnvironment();
        var connection = new GrpcEngine(monitor, engine);
        var deployment = new DeploymentContext(settings, connection, connection);
        deployment.Enter();
        // Every program asks for these two; asked now, the answers are there when its first resource needs them.
        _ = deployment.SupportsAsync(Features.ResourceReferences);
        _ = deployment.SupportsAsync(Features.AliasSpecs);
        var exitCode = await run(new ProgramRunner(deployment, finishesAfterFailure: false)).ConfigureAwait(false);
        // For programs that await the run without returning what it gives.
        if (exitCode != 0)
            Environment.ExitCode = exitCode;
        return exitCode;
    }
}
