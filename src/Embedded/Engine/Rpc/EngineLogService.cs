using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PassthroughInfra.Engine.Deployments;
using PassthroughInfra.Engine.Providers;
using PassthroughInfra.Protocol;

namespace PassthroughInfra.Engine.Rpc;

/// <summary>Takes what a program has to say.</summary>
internal sealed class EngineLogService(ProgramSession session, ProgramMessages messages) : Protocol.Engine.EngineBase
{
    private string root = "";

    public override Task<Empty> Log(LogRequest request, ServerCallContext context)
    {
        messages.Log(request.Urn, (DiagnosticSeverity)request.Severity, request.Message, request.Ephemeral);
        return Task.FromResult(new Empty());
    }

    public override Task<GetRootResourceResponse> GetRootResource(GetRootResourceRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRootResourceResponse { Urn = root.Length > 0 ? root : session.Registrations.StackUrn });

    public override Task<SetRootResourceResponse> SetRootResource(SetRootResourceRequest request, ServerCallContext context)
    {
        root = request.Urn;
        return Task.FromResult(new SetRootResourceResponse());
    }
}
