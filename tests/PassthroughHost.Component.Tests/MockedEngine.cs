using System.Collections.Immutable;
using System.Text;
using Moq;
using PassthroughInfra.Component.Spec;
using PassthroughInfra.Component.Tests.Support;
using Pulumi;
using Pulumi.Testing;

namespace PassthroughInfra.Component.Tests;

/// <summary>Pulumi's testing mocks around one component: a host that answers in a given way, and what was registered and invoked.</summary>
internal sealed class MockedEngine
{
    /// <summary>The mocks, to verify calls.</summary>
    public Mock<IMocks> Mocks { get; } = new();

    /// <summary>Every resource that was registered.</summary>
    public List<MockResourceArgs> Registered { get; } = [];

    /// <summary>Every invoke.</summary>
    public List<MockCallArgs> Called { get; } = [];

    /// <summary>The remote commands among them.</summary>
    public IEnumerable<MockResourceArgs> Commands => Registered.Where(r => r.Type == "command:remote:Command");

    /// <summary>The probe prints this, and ssh ends well.</summary>
    /// <param name="reading">The probe's output.</param>
    /// <param name="here">What connect.sh says of the operator's machine: xsltproc, the agent's keys, ~/.ssh/config in base64. Unset, nothing.</param>
    public void HostAnswers(string reading, string? here = null) => Answer($"{reading}\nssh\t0\t{(here is null ? "" : "\t" + here)}\n");

    /// <summary>ssh fails with these words.</summary>
    public void HostIsSilent(string said) => Answer($"\nssh\t255\t{Convert.ToBase64String(Encoding.UTF8.GetBytes(said))}\n");

    /// <summary>Runs a program of one component.</summary>
    public async Task<PassthroughHost> RunAsync(MachineSpec spec, bool preview = true, bool failsAlone = false)
    {
        var resources = await Deployment.TestAsync(
            Mocks.Object,
            new TestOptions { IsPreview = preview },
            () => { _ = new PassthroughHost("host", new PassthroughHostArgs { Machine = spec, RootDirectory = Repository.Root, IsolateFailure = failsAlone }); });
        return resources.OfType<PassthroughHost>().Single();
    }

    /// <summary>An output's value.</summary>
    public static Task<T> ValueAsync<T>(Output<T> output)
    {
        var value = new TaskCompletionSource<T>();
        output.Apply(v =>
        {
            value.SetResult(v);
            return v;
        });
        return value.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>What is asked first is answered by the first, and so on; what comes after the last by the last.</summary>
    /// <param name="printed">What the host prints where ssh ends well.</param>
    /// <param name="said">If set, the call after those ends with exit code 1 and these words.</param>
    public void HostAnswersInTurn(IReadOnlyList<string> printed, string? said = null) =>
        Answer([.. printed.Select(p => $"{p}\nssh\t0\t\n"), .. said is null ? Array.Empty<string>() : [$"\nssh\t1\t{Convert.ToBase64String(Encoding.UTF8.GetBytes(said))}\n"]]);

    private void Answer(params string[] stdouts)
    {
        Mocks.Setup(m => m.CallAsync(It.IsAny<MockCallArgs>()))
            .Callback<MockCallArgs>(Called.Add)
            .ReturnsAsync(() => new Dictionary<string, object> { ["command"] = "", ["stdout"] = stdouts[Math.Min(Called.Count, stdouts.Length) - 1], ["stderr"] = "" }.ToImmutableDictionary());
        Mocks.Setup(m => m.NewResourceAsync(It.IsAny<MockResourceArgs>()))
            .Callback<MockResourceArgs>(r =>
            {
                lock (Registered)
                {
                    Registered.Add(r);
                }
            })
            .ReturnsAsync((MockResourceArgs r) => ($"{r.Name}-id", (object)r.Inputs.SetItem("stdout", "")));
    }
}
