using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.Providers.Command;

/// <summary>One resource type of the command package.</summary>
internal interface ICommandResource
{
    PropertyMap Check(PropertyMap inputs, List<CheckProblem> problems);

    Task<PropertyMap> CreateAsync(CreateRequest request, CancellationToken cancellation);

    Task<PropertyMap> UpdateAsync(UpdateRequest request, CancellationToken cancellation);

    Task DeleteAsync(DeleteRequest request, CancellationToken cancellation);
}
