using PassthroughInfra.Engine.Events;
using PassthroughInfra.Engine.Providers;

namespace PassthroughInfra.Engine.Deployments;

/// <summary>A provider's messages about one resource, as events.</summary>
internal sealed class ResourceLog(DeploymentContext context, string urn) : IResourceLog
{
    public void Output(string line) => context.Events.On(new ResourceOutput(urn, line));

    public void Status(string text) => context.Events.On(new ResourceStatus(urn, text));

    public void Diagnostic(DiagnosticSeverity severity, string message) => context.Diagnose(urn, severity, message);
}
