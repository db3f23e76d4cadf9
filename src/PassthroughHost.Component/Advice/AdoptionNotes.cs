using PassthroughInfra.Component.Spec;

namespace PassthroughInfra.Component.Advice;

/// <summary>What is noted while a host that was set up by hand is read.</summary>
internal sealed class AdoptionNotes
{
    private readonly List<AdoptionFinding> _findings = [];
    private readonly List<TakeOverSpec> _takeOver = [];

    /// <summary>Everything that was found.</summary>
    public IReadOnlyList<AdoptionFinding> Findings => _findings;

    /// <summary>What is cut, by file.</summary>
    public IReadOnlyList<TakeOverSpec> TakeOver => _takeOver;

    /// <summary>Notes something that stays.</summary>
    public void Add(AdoptionWord word, string place, string text, string why) => _findings.Add(new(word, place, text, why));

    /// <summary>Notes something that stays as it is.</summary>
    public void Leave(string place, string text, string why) => Add(AdoptionWord.LeftAlone, place, text, why);

    /// <summary>A word is cut out of the lines of a file.</summary>
    public void Word(string place, string word, string text, string why) =>
        Cut(place, text, why, i => i.Words.Contains(word) ? i : i with { Words = [.. i.Words, word] });

    /// <summary>A whole line is cut out of a file.</summary>
    public void Line(string place, string line, string why) =>
        Cut(place, line, why, i => i.Lines.Contains(line) ? i : i with { Lines = [.. i.Lines, line] });

    /// <summary>A file is put aside.</summary>
    public void SetAside(string place, string text, string why) => Cut(place, text, why, i => i with { SetAside = true });

    // A file that no entry can be of stays as it is, whatever stands in it.
    private void Cut(string place, string text, string why, Func<TakeOverSpec, TakeOverSpec> change)
    {
        if (TakeOverRules.PlaceOf(place) == TakeOverPlace.Unknown)
        {
            Leave(place, text, "no file of a kind that is taken over");
            return;
        }

        Add(AdoptionWord.TakenOver, place, text, why);
        var at = _takeOver.FindIndex(t => t.Path == place);
        if (at < 0)
        {
            _takeOver.Add(change(new() { Path = place }));
        }
        else
        {
            _takeOver[at] = change(_takeOver[at]);
        }
    }
}
