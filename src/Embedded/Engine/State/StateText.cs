using System.Text;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.Values;

namespace PassthroughInfra.Engine.State;

/// <summary>Resources and values as JSON for a person or a tool to look at.</summary>
public static class StateText
{
    /// <summary>A resource as in a checkpoint, with <c>"[secret]"</c> for each secret.</summary>
    public static string ShownJson(ResourceState state)
    {
        var shown = state with { Inputs = (PropertyMap)Hide(state.Inputs), Outputs = (PropertyMap)Hide(state.Outputs) };
        return Encoding.UTF8.GetString(CheckpointWriter.Serialize(shown, SecretHidingCrypter.Instance));
    }

    /// <summary>A value, with <c>"[secret]"</c> for each secret unless they are to be shown.</summary>
    public static string ValueJson(PropertyValue value, bool showSecrets) => StateValues.PlainJson(showSecrets ? value.WithoutSecrets() : Hide(value));

    private static PropertyValue Hide(PropertyValue value) => !value.ContainsSecrets ? value : value switch
    {
        PropertySecret => "[secret]",
        PropertyList list => new PropertyList([.. list.Select(Hide)]),
        PropertyMap map => map.Select((_, v) => Hide(v)),
        _ => value,
    };
}
