using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>The resource monitor that a program talks to: translates its calls, and refuses in words what is not done here.</summary>
internal sealed class ResourceMonitorService(ProgramSession session) : ResourceMonitor.ResourceMonitorBase
{
    // The words by which the SDKs know that the engine is going away and that there is nothing to report.
    private const string Closing = "resource monitor shut down while waiting on step's done channel";

    private static readonly HashSet<string> Features = new(StringComparer.Ordinal)
    {
        "secrets", "resourceReferences", "outputValues", "aliasSpecs", "deletedWith", "replaceWith",
    };

    public override Task<SupportsFeatureResponse> SupportsFeature(SupportsFeatureRequest request, ServerCallContext context) =>
        Task.FromResult(new SupportsFeatureResponse { HasSupport = Features.Contains(request.Id) });

    public override Task<RegisterResourceResponse> RegisterResource(RegisterResourceRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        Refuse(request);
        ResourceState state;
        try
        {
            state = await session.Registrar.RegisterAsync(GoalStateOf(request));
        }
        catch (ResourceFailedException failed) when (request.SupportsResultReporting)
        {
            return new RegisterResourceResponse { Urn = failed.Urn, Object = new Struct(), Result = failed.IsPassedOver ? Result.Skip : Result.Fail };
        }
        return new RegisterResourceResponse
        {
            Urn = state.Urn,
            Id = state.Id,
            Object = WireValues.Write(state.Outputs, new(request.SupportsPartialValues, request.AcceptSecrets, request.AcceptResources)),
        };
    });

    public override Task<ReadResourceResponse> ReadResource(ReadResourceRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var state = await session.Reader.ReadAsync(new(
            request.Id, request.Type, request.Name, request.Parent, WireValues.Read(request.Properties), Sorted(request.Dependencies), request.Provider, request.Version,
            [.. request.AdditionalSecretOutputs]));
        return new ReadResourceResponse { Urn = state.Urn, Properties = WireValues.Write(state.Outputs, new(false, request.AcceptSecrets, request.AcceptResources)) };
    });

    public override Task<Empty> RegisterResourceOutputs(RegisterResourceOutputsRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        await session.SetOutputsAsync(request.Urn, WireValues.Read(request.Outputs));
        return new Empty();
    });

    public override Task<ResourceInvokeResponse> Invoke(ResourceInvokeRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var arguments = WireValues.Read(request.Args);
        if (arguments.ContainsUnknowns)
            return new ResourceInvokeResponse { Return = new Struct(), Unknown = true };
        var result = await session.Functions.InvokeAsync(request.Tok, arguments, request.Provider, request.Version);
        var response = new ResourceInvokeResponse { Return = WireValues.Write(result.Return ?? PropertyMap.Empty, new(true, true, request.AcceptResources)) };
        response.Failures.AddRange(result.Failures.Select(f => new CheckFailure { Property = f.Property, Reason = f.Reason }));
        return response;
    });

    public override Task<RegisterPackageResponse> RegisterPackage(RegisterPackageRequest request, ServerCallContext context) =>
        AnswerAsync<RegisterPackageResponse>(() => throw NotDone($"parameterized packages ('{request.Name}')"));

    public override Task<Empty> SignalAndWaitForShutdown(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    private static void Refuse(RegisterResourceRequest request)
    {
        var name = $"{request.Type} '{request.Name}'";
        if (request.Remote)
            throw NotDone($"components of a provider plugin ({name})");
        if (request.Transforms.Count > 0)
            throw NotDone($"transforms ({name})");
        if (request.Hooks is { } hooks && new[] { hooks.BeforeCreate, hooks.AfterCreate, hooks.BeforeUpdate, hooks.AfterUpdate, hooks.BeforeDelete, hooks.AfterDelete, hooks.OnError }.Any(h => h.Count > 0))
            throw NotDone($"resource hooks ({name})");
        if (request.ImportId.Length > 0)
            throw NotDone($"importing existing resources ({name}, id '{request.ImportId}')");
        if (request.ReplacementTrigger is { KindCase: not (Value.KindOneofCase.None or Value.KindOneofCase.NullValue) })
            throw NotDone($"replacement triggers ({name})");
        if (request.PackageRef.Length > 0)
            throw NotDone($"parameterized packages ({name})");
    }

    private static RpcException NotDone(string what) =>
        new(new Status(StatusCode.Unimplemented, $"The embedded engine does not do {what}; run this program with the pulumi CLI."));

    private static GoalState GoalStateOf(RegisterResourceRequest request) => new()
    {
        Type = request.Type,
        Name = request.Name,
        Parent = request.Parent,
        Custom = request.Custom,
        Inputs = WireValues.Read(request.Object),
        Protect = request.HasProtect ? request.Protect : null,
        RetainOnDelete = request.HasRetainOnDelete ? request.RetainOnDelete : null,
        Dependencies = Sorted(request.Dependencies),
        PropertyDependencies = request.PropertyDependencies.ToImmutableSortedDictionary(d => d.Key, d => Sorted(d.Value.Urns), StringComparer.Ordinal),
        Provider = request.Provider,
        Version = request.Version,
        DeleteBeforeReplace = request.DeleteBeforeReplaceDefined ? request.DeleteBeforeReplace : null,
        IgnoreChanges = [.. request.IgnoreChanges],
        ReplaceOnChanges = [.. request.ReplaceOnChanges],
        ReplaceWith = [.. request.ReplaceWith],
        AdditionalSecretOutputs = [.. request.AdditionalSecretOutputs],
        Aliases =
        [
            .. request.AliasURNs.Select(u => new GoalStateAlias(u)),
            .. request.Aliases.Select(a => a.AliasCase == Alias.AliasOneofCase.Urn
                ? new GoalStateAlias(a.Urn)
                : new GoalStateAlias("", a.Spec.Name, a.Spec.Type, a.Spec.Stack, a.Spec.Project, a.Spec.ParentUrn, a.Spec.NoParent)),
        ],
        CustomTimeouts = TimeoutsOf(request.CustomTimeouts),
        DeletedWith = request.DeletedWith,
    };

    private static CustomTimeouts? TimeoutsOf(RegisterResourceRequest.Types.CustomTimeouts? timeouts)
    {
        if (timeouts is null)
            return null;
        var read = new CustomTimeouts(
            GoDuration.ParseSeconds(timeouts.Create), GoDuration.ParseSeconds(timeouts.Update), GoDuration.ParseSeconds(timeouts.Delete), GoDuration.ParseSeconds(timeouts.Read));
        return read == new CustomTimeouts(null, null, null) ? null : read;
    }

    private static ImmutableArray<string> Sorted(RepeatedField<string> urns) => [.. urns.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private async Task<T> AnswerAsync<T>(Func<Task<T>> work)
    {
        session.Calls.Enter();
        try
        {
            return await work();
        }
        catch (Exception problem) when (problem is HaltedException or StepFailedException or ResourceFailedException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, Closing));
        }
        catch (RpcException refused)
        {
            session.Context.Failure("", refused.Status.Detail);
            throw;
        }
        catch (FormatException problem)
        {
            session.Context.Failure("", problem.Message);
            throw new RpcException(new Status(StatusCode.InvalidArgument, problem.Message));
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            // The program would only be told that a handler has thrown.
            session.Context.Failure("", StepRunner.Describe(problem));
            throw new RpcException(new Status(StatusCode.Unavailable, Closing));
        }
        finally
        {
            session.Calls.Leave();
        }
    }
}
