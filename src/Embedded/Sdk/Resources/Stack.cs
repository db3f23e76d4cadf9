using System.Reflection;
using Pulumi.Runtime;

namespace Pulumi;

/// <summary>The root of all resources of a program. Resources made in the constructor of a class derived from it are the stack's.</summary>
public class Stack : ComponentResource
{
    internal const string TypeToken = "pulumi:pulumi:Stack";

    public Stack(StackOptions? options = null)
        : base(TypeToken, $"{Deployment.Instance.ProjectName}-{Deployment.Instance.StackName}", Convert(options)) =>
        DeploymentContext.Current.Stack = this;

    /// <summary>The stack of a program that is a function; what the function returns are the stack's outputs.</summary>
    internal Stack(Func<Task<IDictionary<string, object?>>> program, StackOptions? options)
        : this(options) => RegisterOutputs(Output.Create(RunAsync(program)));

    /// <summary>Registers the properties marked with <see cref="OutputAttribute"/> as the stack's outputs.</summary>
    /// <exception cref="RunException">One has no value, or is not an output.</exception>
    internal void RegisterPropertyOutputs()
    {
        var outputs = new Dictionary<string, object?>();
        foreach (var property in GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            if (property.GetCustomAttribute<OutputAttribute>() is { } attribute)
                outputs.Add(attribute.Name ?? property.Name, property.GetValue(this));
        }

        var missing = outputs.Where(static output => output.Value is null).Select(static output => output.Key).ToList();
        if (missing.Count > 0)
        {
            throw new RunException(
                $"Output(s) '{string.Join(", ", missing)}' have no value assigned. "
                + "[Output] attributed properties must be assigned inside Stack constructor.");
        }

        RegisterOutputs(outputs);
    }

    private static async Task<IDictionary<string, object?>> RunAsync(Func<Task<IDictionary<string, object?>>> program) =>
        new Dictionary<string, object?>(await program().ConfigureAwait(false));

    private static ComponentResourceOptions? Convert(StackOptions? options) =>
        options is null ? null : new ComponentResourceOptions { ResourceTransformations = options.ResourceTransformations };
}
