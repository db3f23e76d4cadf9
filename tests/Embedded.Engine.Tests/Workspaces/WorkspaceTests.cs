using System.Text.Json.Nodes;
using PassthroughInfra.Engine.Secrets;
using PassthroughInfra.Engine.State;
using PassthroughInfra.Engine.Values;
using PassthroughInfra.Engine.Workspaces;

namespace PassthroughInfra.Engine.Tests.Workspaces;

public sealed class WorkspaceTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory().FullName;

    public WorkspaceTests() => Declare("name: demo\nruntime: nodejs\n");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("dev")]
    [InlineData("organization/dev")]
    [InlineData("organization/demo/dev")]
    public void A_stack_goes_by_each_of_the_names_the_CLI_knows_it_by(string name)
    {
        var workspace = Open();
        Assert.Equal("dev", workspace.StackName(name));
        workspace.InitStack(name);
        using var stack = workspace.OpenStack(name, PassphraseSource.Process);
        Assert.Equal("dev", stack.Name);
        Assert.Equal(["dev"], workspace.Stacks);
        Assert.Equal(PropertyMap.Empty, workspace.OutputsOf(name, PassphraseSource.Process));
    }

    [Theory]
    [InlineData("acme/dev", "'acme'")]
    [InlineData("organization/other/dev", "project 'other'")]
    [InlineData("a/b/c/d", "is no name of a stack")]
    public void A_stack_of_another_owner_or_project_is_refused_by_name(string name, string says)
    {
        Assert.Contains(says, Assert.Throws<EngineException>(() => Open().InitStack(name)).Message, StringComparison.Ordinal);
        Assert.Contains(says, Assert.Throws<EngineException>(() => Open().OpenStack(name, PassphraseSource.Process)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("organization/../dev")]
    [InlineData("organization/demo/..")]
    public void A_name_that_is_a_way_through_directories_is_refused_wherever_it_comes_from(string name)
    {
        Assert.Contains("not dots alone", Assert.Throws<EngineException>(() => Open().InitStack(name)).Message, StringComparison.Ordinal);
        var read = Assert.Throws<EngineException>(() => Open().OutputsOf(name, PassphraseSource.Process));
        Assert.Contains("not dots alone", read.Message, StringComparison.Ordinal);
        Assert.Contains("not dots alone", Assert.Throws<EngineException>(() => Open().Backend.Remove("demo", "..")).Message, StringComparison.Ordinal);
        Declare("name: ..\nruntime: nodejs\n");
        Assert.Contains("not dots alone", Assert.Throws<EngineException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_backend_of_a_login_is_honoured_where_it_is_of_files_and_refused_where_not()
    {
        LogIn("""{"current":"file:///kept","accounts":{"file:///kept":{}}}""");
        Assert.Equal("/kept", Open().Backend.Root);
        Assert.Equal("/elsewhere", Open("file:///elsewhere").Backend.Root);
        LogIn("""{"current":"https://api.pulumi.com"}""");
        var refusal = Assert.Throws<EngineException>(() => Open()).Message;
        Assert.Contains("https://api.pulumi.com", refusal, StringComparison.Ordinal);
        Assert.Contains("PULUMI_BACKEND_URL", refusal, StringComparison.Ordinal);
        Assert.Equal("/elsewhere", Open("file:///elsewhere").Backend.Root);
        Declare("name: demo\nruntime: nodejs\nbackend:\n  url: file://./own\n");
        Assert.Equal(Path.Combine(root, "own"), Open().Backend.Root);
        Declare("name: demo\nruntime: nodejs\n");
        LogIn("""{"current":""}""");
        Assert.Equal(root, Open().Backend.Root);
        LogIn("rubbish");
        Assert.Contains("credentials.json", Assert.Throws<EngineException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_project_can_name_its_backend_and_the_environment_another()
    {
        Declare("name: demo\nruntime: nodejs\nbackend:\n  url: file://./kept\n");
        Assert.Equal(Path.Combine(root, "kept"), Open().Backend.Root);
        Assert.Equal("/elsewhere", Open("file:///elsewhere").Backend.Root);
        Declare("name: demo\nruntime: nodejs\nbackend:\n  url: https://api.pulumi.com\n");
        Assert.Contains("api.pulumi.com", Assert.Throws<EngineException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_relative_backend_of_the_environment_begins_where_the_command_is_run()
    {
        var within = Directory.CreateDirectory(Path.Combine(root, "within")).FullName;
        Assert.Equal(Path.Combine(within, "kept"), Workspace.Open(within, name => name == "PULUMI_BACKEND_URL" ? "file://./kept" : null).Backend.Root);
    }

    [Theory]
    [InlineData("stackConfigDir: stacks")]
    [InlineData("config: stacks")]
    public void Stack_files_can_have_a_directory_of_their_own(string line)
    {
        Declare($"name: demo\nruntime: nodejs\n{line}\n");
        Assert.Empty(Open().Stacks);
        Directory.CreateDirectory(Path.Combine(root, "stacks"));
        File.WriteAllText(Path.Combine(root, "stacks", "Pulumi.dev.yaml"), "config:\n  demo:a: b\n");
        using var stack = Open().OpenStack("dev", PassphraseSource.Process);
        Assert.Equal("b", stack.Settings.Resolve(_ => "").Values["demo:a"]);
    }

    [Theory]
    [InlineData("main: program", "program", null)]
    [InlineData("main: program/entry.js", "program", "entry.js")]
    [InlineData("main: entry.js", "", "entry.js")]
    [InlineData("description: none", "", null)]
    public void The_program_can_be_a_directory_or_a_file(string line, string directory, string? file)
    {
        Directory.CreateDirectory(Path.Combine(root, "program"));
        foreach (var path in new[] { "entry.js", "program/entry.js" })
            File.WriteAllText(Path.Combine(root, path), "");
        Declare($"name: demo\nruntime: nodejs\n{line}\n");
        var project = Open().Project;
        Assert.Equal(Path.Combine(root, directory).TrimEnd('/'), project.ProgramDirectory.TrimEnd('/'));
        Assert.Equal(file, Path.GetFileName(project.ProgramFile));
    }

    [Fact]
    public void A_project_that_always_refreshes_is_refused_not_run_without()
    {
        Declare("name: demo\nruntime: nodejs\noptions:\n  refresh: always\n");
        Assert.Contains("--refresh", Assert.Throws<EngineException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_of_the_runtime_that_is_not_known_is_refused_not_overlooked()
    {
        Declare("name: demo\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --inspect\n");
        Assert.Contains("'nodeargs'", Assert.Throws<EngineException>(() => Open()).Message, StringComparison.Ordinal);
        Declare("name: demo\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    packagemanager: npm\n");
        Assert.False(Open().Project.IsTypeScript);
    }

    [Fact]
    public void A_document_that_names_what_it_does_not_have_is_not_imported()
    {
        var workspace = Open();
        workspace.InitStack("dev");
        using var stack = workspace.OpenStack("dev", PassphraseSource.Process);
        const string A = "urn:pulumi:dev::demo::test:index:Res::a";
        const string B = "urn:pulumi:dev::demo::test:index:Res::b";
        string Document(params string[] resources) => $$$"""{"version":3,"deployment":{"resources":[{{{string.Join(",", resources)}}}]}}""";
        const string User = $$"""{"urn":"{{B}}","type":"test:index:Res","dependencies":["{{A}}"]}""";
        const string Used = $$"""{"urn":"{{A}}","type":"test:index:Res"}""";
        Assert.Contains(A, Assert.Throws<EngineException>(() => StateTransfer.Import(stack, Document(User), _ => { })).Message, StringComparison.Ordinal);
        Assert.Contains("before", Assert.Throws<EngineException>(() => StateTransfer.Import(stack, Document(User, Used), _ => { })).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<EngineException>(() => StateTransfer.Import(stack, Document(Used, Used), _ => { })).Message, StringComparison.Ordinal);
        StateTransfer.Import(stack, Document(Used, User), _ => { });
        Assert.Equal([A, B], stack.Store.Load().Resources.Select(r => r.Urn));
    }

    [Fact]
    public void What_else_is_in_the_file_of_the_selection_stays()
    {
        var workspace = Open();
        workspace.InitStack("dev");
        workspace.Select("dev");
        var file = Directory.GetFiles(Path.Combine(root, "home", "workspaces")).Single();
        File.WriteAllText(file, """{"stack":"organization/demo/prod","defaultStack":"x"}""");
        workspace.Select("dev");
        Assert.Equal("""{"stack":"organization/demo/dev","defaultStack":"x"}""", JsonNode.Parse(File.ReadAllText(file))!.ToJsonString());
        workspace.Select(null);
        Assert.Null(workspace.Selected());
    }

    private void LogIn(string credentials)
    {
        Directory.CreateDirectory(Path.Combine(root, "home"));
        File.WriteAllText(Path.Combine(root, "home", "credentials.json"), credentials);
    }

    private void Declare(string text) => File.WriteAllText(Path.Combine(root, "Pulumi.yaml"), text);

    private Workspace Open(string? backend = null) => Workspace.Open(root, name => name switch
    {
        "PULUMI_BACKEND_URL" => backend,
        "PULUMI_HOME" => Path.Combine(root, "home"),
        _ => null,
    });
}
