using System.Text.Encodings.Web;
using System.Text.Json;

namespace PassthroughInfra.Engine.Values;

internal static class StateJson
{
    /// <summary>JSON for files, not for web pages: what need not be escaped is not.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
