// The scripts for each shell. All of them ask `fleet completion words` what fits, so that names are live and nothing about
// the commands is written twice.

const ASK = "fleet completion words --";

const BASH = `# fleet: completion for bash
_fleet() {
  # Words as the person sees them: a ':' of a target or a '=' of a flag is no word of its own.
  local line=\${COMP_LINE:0:COMP_POINT} cur=\${COMP_WORDS[COMP_CWORD]} files word out IFS=$' \\t'
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  local whole=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  out=$(${ASK} "\${words[@]:1}" 2>/dev/null </dev/null) || return 0
  IFS=$'\\n'
  files=\${out%%$'\\n'*}
  if [[ $files == files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -f -- "$cur"))
    return 0
  elif [[ $files == directories ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -d -- "$cur"))
    return 0
  fi
  [[ $out == *$'\\n'* ]] || return 0
  # What bash takes for the part before the last ':' or '=' stands already.
  local prefix=""
  case $COMP_WORDBREAKS in
    *:*) [[ $whole == *:* ]] && prefix=\${whole%"\${whole##*:}"} ;;
  esac
  case $COMP_WORDBREAKS in
    *=*) [[ $whole == *=* ]] && prefix=\${whole%"\${whole##*=}"} ;;
  esac
  for word in \${out#*$'\\n'}; do
    word=\${word%%$'\\t'*}
    COMPREPLY+=("\${word#"$prefix"}")
  done
}
complete -F _fleet fleet
`;

const ZSH = `#compdef fleet
# fleet: completion for zsh
_fleet() {
  local -a lines described plain
  local line word about
  lines=("\${(@f)$(${ASK} "\${(@)words[2,CURRENT]}" 2>/dev/null </dev/null)}")
  case $lines[1] in
    files) _files; return ;;
    directories) _files -/; return ;;
  esac
  for line in "\${(@)lines[2,-1]}"; do
    word=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    [[ -n $word ]] || continue
    plain+=("$word")
    described+=("\${word//:/\\\\:}:$about")
  done
  (( \${#plain} )) || return 1
  _describe -V 'fleet' described
}
if [[ $funcstack[1] == _fleet ]]; then
  _fleet "$@"
else
  compdef _fleet fleet
fi
`;

const FISH = `# fleet: completion for fish
function __fleet_words
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (${ASK} $words[2..-1] 2>/dev/null </dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path (commandline -ct)
        case directories
            __fish_complete_directories (commandline -ct) ''
        case '*'
            test (count $lines) -gt 1; and printf '%s\\n' $lines[2..-1]
    end
end
complete -c fleet -e
complete -c fleet -f -k -a '(__fleet_words)'
`;

const POWERSHELL = `# fleet: completion for PowerShell
Register-ArgumentCompleter -Native -CommandName fleet -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or ($wordToComplete -eq '' -and $_.Extent.EndOffset -le $cursorPosition) } | ForEach-Object { $_.ToString() })
    $lines = @(fleet completion words -- @words "$wordToComplete" 2>$null)
    if ($lines.Count -gt 0 -and $lines[0] -ne 'none') { return }
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $word, $about = $_ -split "\`t", 2
        if (-not $about) { $about = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $about)
    }
}
`;

export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
