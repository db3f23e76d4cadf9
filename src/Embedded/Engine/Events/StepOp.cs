namespace PassthroughInfra.Engine.Events;

/// <summary>What is done with one resource.</summary>
public enum StepOp
{
    Same,
    Create,
    Update,
    Delete,

    /// <summary>A replacement as a whole; its parts are <see cref="CreateReplacement"/> and <see cref="DeleteReplaced"/>.</summary>
    Replace,
    CreateReplacement,
    DeleteReplaced,
    Read,
    ReadReplacement,

    /// <summary>Something that was only read is forgotten.</summary>
    Discard,
    Refresh,

    /// <summary>A resource that was deleted for a replacement is not wanted any more.</summary>
    RemovePendingReplace,
}

/// <summary>The operations' names as the CLI writes them.</summary>
public static class StepOps
{
    extension(StepOp op)
    {
        /// <summary>The name in JSON and summaries: <c>create-replacement</c>.</summary>
        public string Name => op switch
        {
            StepOp.Same => "same",
            StepOp.Create => "create",
            StepOp.Update => "update",
            StepOp.Delete => "delete",
            StepOp.Replace => "replace",
            StepOp.CreateReplacement => "create-replacement",
            StepOp.DeleteReplaced => "delete-replaced",
            StepOp.Read => "read",
            StepOp.ReadReplacement => "read-replacement",
            StepOp.Discard => "discard",
            StepOp.Refresh => "refresh",
            _ => "remove-pending-replace",
        };

        /// <summary>The mark before a resource: <c>+</c>, <c>~</c>, <c>-</c>, <c>+-</c>.</summary>
        public string Mark => op switch
        {
            StepOp.Create => "+",
            StepOp.Update => "~",
            StepOp.Delete => "-",
            StepOp.Replace => "+-",
            StepOp.CreateReplacement => "++",
            StepOp.DeleteReplaced => "--",
            StepOp.Read => ">",
            StepOp.ReadReplacement => ">>",
            StepOp.Discard => "<",
            StepOp.Refresh => "~",
            StepOp.RemovePendingReplace => "~",
            _ => " ",
        };

        /// <summary>The name once it is done: <c>created</c>.</summary>
        public string PastTense => op switch
        {
            StepOp.Same => "unchanged",
            StepOp.Create => "created",
            StepOp.Update => "updated",
            StepOp.Delete => "deleted",
            StepOp.Replace => "replaced",
            StepOp.CreateReplacement => "created replacement",
            StepOp.DeleteReplaced => "deleted original",
            StepOp.Read => "read",
            StepOp.ReadReplacement => "read for replacement",
            StepOp.Discard => "discarded",
            StepOp.Refresh => "refreshed",
            _ => "removed pending replace",
        };

        /// <summary>The name while it is under way: <c>creating</c>.</summary>
        public string Doing => op switch
        {
            StepOp.Same => "checking",
            StepOp.Create => "creating",
            StepOp.Update => "updating",
            StepOp.Delete => "deleting",
            StepOp.Replace => "replacing",
            StepOp.CreateReplacement => "creating replacement",
            StepOp.DeleteReplaced => "deleting original",
            StepOp.Read => "reading",
            StepOp.ReadReplacement => "reading for replacement",
            StepOp.Discard => "discarding",
            StepOp.Refresh => "refreshing",
            _ => "removing pending replace",
        };

        /// <summary>
        /// Whether the step counts for the program: the two halves of a replacement do not, the replacement does.
        /// </summary>
        public bool IsLogical => op is not (StepOp.CreateReplacement or StepOp.DeleteReplaced or StepOp.ReadReplacement);
    }
}
