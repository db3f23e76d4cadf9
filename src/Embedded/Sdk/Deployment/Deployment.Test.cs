using System.Collections.Immutable;
using Pulumi.Runtime;
using Pulumi.Testing;

namespace Pulumi;

public sealed partial class Deployment
{
    /// <summary>Runs a program that is a class against mocks.</summary>
    /// <returns>The resources in the order of their registration.</returns>
    /// <exception cref="RunException">The program reported one error.</exception>
    /// <exception cref="AggregateException">The program reported several errors, each a <see cref="RunException"/>.</exception>
    public static Task<ImmutableArray<Resource>> TestAsync<TStack>(IMocks mocks, TestOptions? options = null)
        where TStack : Stack, new() => RunWithMocksAsync(mocks, options, static runner => runner.RunAsync(New<TStack>));

    /// <inheritdoc cref="TestAsync{TStack}(IMocks, TestOptions)"/>
    public static Task<ImmutableArray<Resource>> TestWithServiceProviderAsync<TStack>(
        IMocks mocks, IServiceProvider serviceProvider, TestOptions? options = null)
        where TStack : Stack => RunWithMocksAsync(mocks, options, runner => runner.RunAsync(Resolve<TStack>(serviceProvider)));

    /// <summary>Runs a program that is a function against mocks.</summary>
    /// <inheritdoc cref="TestAsync{TStack}(IMocks, TestOptions)"/>
    public static Task<(ImmutableArray<Resource> Resources, IDictionary<string, object?> Outputs)> TestAsync(
        IMocks testMocks, TestOptions testOptions, Func<Task<IDictionary<string, object?>>> createResources) =>
        RunInTestStackAsync(testMocks, testOptions, () => createResources().GetAwaiter().GetResult());

    /// <inheritdoc cref="TestAsync(IMocks, TestOptions, Func{Task{IDictionary{string, object}}})"/>
    public static Task<(ImmutableArray<Resource> Resources, IDictionary<string, object?> Outputs)> TestAsync(
        IMocks testMocks, TestOptions testOptions, Func<IDictionary<string, object?>> createResources) =>
        RunInTestStackAsync(testMocks, testOptions, createResources);

    /// <inheritdoc cref="TestAsync(IMocks, TestOptions, Func{Task{IDictionary{string, object}}})"/>
    public static async Task<ImmutableArray<Resource>> TestAsync(IMocks testMocks, TestOptions testOptions, Func<Task> createResources)
    {
        var (resources, _) = await RunInTestStackAsync(testMocks, testOptions, () =>
        {
            createResources().GetAwaiter().GetResult();
            return NoOutputs();
        }).ConfigureAwait(false);
        return resources;
    }

    /// <inheritdoc cref="TestAsync(IMocks, TestOptions, Func{Task{IDictionary{string, object}}})"/>
    public static async Task<ImmutableArray<Resource>> TestAsync(IMocks testMocks, TestOptions testOptions, Action createResources)
    {
        var (resources, _) = await RunInTestStackAsync(testMocks, testOptions, () =>
        {
            createResources();
            return NoOutputs();
        }).ConfigureAwait(false);
        return resources;
    }

    private static async Task<(ImmutableArray<Resource> Resources, IDictionary<string, object?> Outputs)> RunInTestStackAsync(
        IMocks mocks, TestOptions options, Func<IDictionary<string, object?>> program)
    {
        var resources = await RunWithMocksAsync(mocks, options, runner => runner.RunAsync(() => new TestStack(program))).ConfigureAwait(false);
        var stack = resources.OfType<TestStack>().FirstOrDefault();
        return (resources.RemoveAll(static resource => resource is TestStack), stack?.ProgramOutputs ?? NoOutputs());
    }

    private static async Task<ImmutableArray<Resource>> RunWithMocksAsync(IMocks mocks, TestOptions? options, Func<ProgramRunner, Task<int>> run)
    {
        var engine = new MockEngine();
        var monitor = new MockMonitor(mocks);
        var deployment = new DeploymentContext(DeploymentSettings.ForTest(options), monitor, engine);
        deployment.Enter();
        await run(new ProgramRunner(deployment, finishesAfterFailure: true)).ConfigureAwait(false);
        return engine.Errors switch
        {
            [] => monitor.Resources,
            [var error] => throw new RunException(error),
            var errors => throw new AggregateException(errors.Select(static error => new RunException(error))),
        };
    }
}
